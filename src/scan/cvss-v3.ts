/** Weights of the base metrics. Source: FIRST, Common Vulnerability Scoring System v3.1 Specification, section 7.4. */
const weights = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  PR: { N: 0.85, L: 0.62, H: 0.27 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
} as const satisfies Record<string, Readonly<Record<string, number>>>
/** Where the scope changes. */
const changedPrivileges: Readonly<Record<string, number>> = { N: 0.85, L: 0.68, H: 0.5 }

/** Base score of a CVSS vector of version 3.0 or 3.1; undefined when it is none. Source: the same, section 7.1. */
export function cvssV3BaseScore(vector: string): number | undefined {
  const [version = '', ...pairs] = vector.split('/')
  const metrics: Record<string, string> = Object.fromEntries(pairs.map(pair => pair.split(':', 2)))
  const changed = metrics.S === 'C'
  const value = (name: keyof typeof weights): number => {
    const table: Readonly<Record<string, number>> = name === 'PR' && changed ? changedPrivileges : weights[name]
    return table[metrics[name] ?? ''] ?? Number.NaN
  }
  const impactBase = 1 - (1 - value('C')) * (1 - value('I')) * (1 - value('A'))
  const impact = changed ? 7.52 * (impactBase - 0.029) - 3.25 * (impactBase - 0.02) ** 15 : 6.42 * impactBase
  const exploitability = 8.22 * value('AV') * value('AC') * value('PR') * value('UI')
  const known = /^CVSS:3\.[01]$/.test(version) && (changed || metrics.S === 'U')
  if (!known || Number.isNaN(impact + exploitability)) return undefined
  if (impact <= 0) return 0
  return roundUp(Math.min((impact + exploitability) * (changed ? 1.08 : 1), 10))
}

/** To the next tenth, untroubled by binary fractions. Source: the same, appendix A. */
function roundUp(value: number): number {
  const hundredThousandths = Math.round(value * 100_000)
  return hundredThousandths % 10_000 === 0
    ? hundredThousandths / 100_000
    : (Math.floor(hundredThousandths / 10_000) + 1) / 10
}
