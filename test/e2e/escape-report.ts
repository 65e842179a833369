import assert from 'node:assert/strict'

export interface Attempt {
  readonly attempt: string
  readonly escaped: boolean
  readonly answered: boolean
  readonly detail: string
}

/** What examples/escape-artist tells. */
export interface EscapeReport {
  readonly attempts: readonly Attempt[]
  /** Of /proc/self/status, and the names of the network interfaces. */
  readonly facts: Readonly<Record<string, string>> & { readonly interfaces: readonly string[] }
}

export interface Target {
  readonly name: string
  readonly kind: 'tcp' | 'udp-dns' | 'http'
  readonly host: string
  readonly port: number
}

/** Characters of a hyperparameter's value (SageMaker API Reference, CreateTrainingJob). */
const mostOfValue = 2500

/** Hyperparameters of the escape artist, in as many values as hold the targets. */
export function targetParameters(targets: readonly Target[], ports: readonly number[]): Record<string, string> {
  const lists: Target[][] = [[]]
  for (const target of targets) {
    const last = lists.at(-1) as Target[]
    if (JSON.stringify([...last, target]).length <= mostOfValue) last.push(target)
    else lists.push([target])
  }
  const named = lists.map((list, at) => [at === 0 ? 'TARGETS' : `TARGETS_${at + 1}`, JSON.stringify(list)] as const)
  return { ...Object.fromEntries(named), PORTS: JSON.stringify(ports) }
}

/** The report out of what the program printed, a JSON object per line. */
export function parseReport(lines: readonly string[]): EscapeReport {
  const objects = lines
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as { attempt?: string; facts?: EscapeReport['facts'] })
  const facts = objects.find(object => object.facts)?.facts
  assert.ok(facts, `the escape artist told no facts: ${lines.join('\n')}`)
  return { facts, attempts: objects.filter(({ attempt }) => attempt !== undefined) as Attempt[] }
}

/**
 * Asserts that every target was tried, and that no attempt got out or was even answered. With `peers`, what is found on the link may
 * refuse a connection: it is another host of the same job. This machine would have accepted one, at the port of the host service.
 */
export function assertIsolated({ attempts, facts }: EscapeReport, targets: readonly Target[], peers = false): void {
  const tried = new Set(attempts.map(({ attempt }) => attempt))
  for (const name of [...targets.map(target => target.name), 'resolve example.com'])
    assert.ok(tried.has(name), `"${name}" was not tried, only ${[...tried].join(', ')}`)
  const byPeer = ({ attempt }: Attempt) => peers && attempt.startsWith('link-local ')
  const out = attempts.filter(attempt => attempt.escaped || (attempt.answered && !byPeer(attempt)))
  assert.deepEqual(out, [], 'the container got out')
  assert.equal(facts.NoNewPrivs, '1', 'the container can gain privileges')
  const forbidden = { SYS_MODULE: 16n, NET_ADMIN: 12n, NET_RAW: 13n, SYS_PTRACE: 19n, SYS_ADMIN: 21n, MKNOD: 27n }
  const bounding = BigInt(`0x${facts.CapBnd}`)
  const held = Object.entries(forbidden).filter(([, bit]) => (bounding >> bit) & 1n)
  assert.deepEqual(held, [], 'the container has capabilities that reach beyond it')
}
