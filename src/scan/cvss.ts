import cvss from 'ae-cvss-calculator'

const versions = [
  { prefix: 'CVSS:3.0/', Vector: cvss.Cvss3P0, score: 'base' },
  { prefix: 'CVSS:3.1/', Vector: cvss.Cvss3P1, score: 'base' },
  // `base` takes threat metrics in, which tell of a day and not of a vulnerability.
  { prefix: 'CVSS:4.0/', Vector: cvss.Cvss4P0, score: 'baseMetricsOnly' },
] as const

/** Of a vector with every metric of all groups; what is longer is none. */
const longestVector = 512

/**
 * The base score of a CVSS vector of version 3.0, 3.1 or 4.0, from 0 to 10; threat, temporal and environmental metrics change nothing.
 * Undefined when it is not a vector of these versions with all its base metrics. Source: FIRST, Common Vulnerability Scoring System
 * v3.1 Specification, section 7.1, and v4.0 Specification, section 8.
 */
export function cvssBaseScore(text: string): number | undefined {
  const version = versions.find(({ prefix }) => text.startsWith(prefix))
  if (!version || text.length > longestVector) return undefined
  const vector = new version.Vector(text)
  if (!vector.isBaseFullyDefined()) return undefined
  const scores: { base?: number | undefined; baseMetricsOnly?: number | undefined } = vector.calculateScores()
  return scores[version.score]
}
