/** `docs/clients.md`: which flow of which client works, made from what `npm run test:clients` has run. */
export const documentUrl = new URL('../../docs/clients.md', import.meta.url)

/** What came of one step of a flow, as `flow.py` writes it. */
export interface Outcome {
  readonly flow: string
  readonly step: string
  /** Why this step is not served. */
  readonly no: string | null
  readonly ok: boolean
  readonly error: string | null
  readonly trace?: string
}

export interface ClientRun {
  readonly client: string
  readonly version: string
  readonly outcomes: readonly Outcome[]
}

const end = '<!-- end -->'

/** The document with one suite's tables as its runs make them; what stands around them stays. */
export function withTables(text: string, suite: string, runs: readonly ClientRun[]): string {
  const begin = `<!-- begin: written by test/clients/${suite}.test.ts -->`
  const [before, rest] = text.split(begin)
  if (rest === undefined) throw new Error(`docs/clients.md has no place for ${suite}`)
  const after = rest.slice(rest.indexOf(end) + end.length)
  return `${before}${begin}\n\n${runs.map(table).join('\n')}\n${end}${after}`
}

function table({ client, version, outcomes }: ClientRun): string {
  const flows = Map.groupBy(outcomes, ({ flow }) => flow)
  const rows = [...flows].map(([flow, steps]) => `| ${flow} | ${served(steps)} | ${refused(steps)} |`)
  return [
    `### ${client} ${version}`,
    '',
    '| flow | works | does not, and why |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

const served = (steps: readonly Outcome[]): string =>
  steps.flatMap(({ step, no }) => (no === null ? step : [])).join('; ')

const refused = (steps: readonly Outcome[]): string =>
  steps.flatMap(({ step, no }) => (no === null ? [] : `${step}: ${no}`)).join('; ')
