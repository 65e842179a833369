import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { importsOf, isTestSupport, partOf, source } from './source-imports.ts'

/** What each part is, in a few words. A part that is not here fails the test. */
const parts: Readonly<Record<string, string>> = {
  main: 'the only reader of flags and environment',
  server: 'start, drain, end',
  peers: 'several servers: one works, the others answer',
  maintenance: 'what is done every so often',
  platform: 'builds every part once',
  cli: 'the modelmart command',
  config: 'every setting, in one table',
  operator: 'the operator’s API',
  console: 'who is signed in to the web console, and its files',
  invoke: 'workers that answer invocations, and what they are told',
  gateway: 'identify, authenticate, parse, validate, authorize, invoke, serialize',
  protocol: 'aws-json, query, rest-json, rest-xml, CBOR, event stream, SigV4',
  autoscaling: 'Application Auto Scaling of endpoints',
  sagemaker: 'one file per resource, its reconciler beside it',
  runtime: 'InvokeEndpoint, routing table, metering journal',
  marketplace: 'catalog, discovery, agreement, billing, review',
  events: 'EventBridge: the outbox, rules, targets, dead letters',
  sns: 'SNS: topics, subscriptions, signed messages',
  s3: 'the object store, and how jobs use it',
  ecr: 'the registry, and the API about it',
  logs: 'CloudWatch Logs, and where containers print to',
  audit: 'the security log, and CloudTrail',
  metrics: 'CloudWatch metrics and alarms',
  kms: 'keys, and what is sealed by them',
  iam: 'identities, policies, STS',
  workload: 'the container contract: /opt/ml, channels, splitters, health, logs',
  scan: 'operating system and vulnerabilities of images',
  delivery: 'queues of what receivers are still to get, dead letters',
  reconcile: 'queue, leases, retries',
  outgoing: 'the one way out to addresses that tenants name',
  pattern: 'patterns of events and messages',
  schedule: 'when something is due: once, at a rate, by a calendar',
  quotas: 'what accounts may have, and Service Quotas, which tells it',
  service: 'contracts: what parts may ask of each other',
  driver: 'Docker and Podman, isolation',
  store: 'SQLite, blobs, migrations',
  model: 'AWS interface facts, and the validator that interprets them',
  ground: 'errors, bounded readers, bounded cache, clock, chance',
}

const begin = '<!-- made from the imports by `node test/architecture-diagram.ts` -->'
const end = '<!-- until here -->'
const document = new URL('../docs/architecture.md', import.meta.url)

/** Parts that a part imports from, types included. */
function arrows(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const file of globSync(`${source}**/*.ts`).filter(path => !isTestSupport(path))) {
    const from = partOf(file)
    const to = found.get(from) ?? new Set()
    for (const path of importsOf(file)) if (partOf(path) !== from) to.add(partOf(path))
    found.set(from, to)
  }
  return found
}

/** An arrow that a longer way says as well is left out. */
function drawn(all: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reach = (from: string, seen = new Set<string>()): Set<string> => {
    for (const to of all.get(from) ?? []) if (!seen.has(to)) reach(to, seen.add(to))
    return seen
  }
  return [...all].flatMap(([from, targets]) =>
    [...targets]
      .filter(to => ![...targets].some(other => other !== to && reach(other).has(to)))
      .sort()
      .map(to => `  ${from} --> ${to}`),
  )
}

/** The picture of the house as it stands. Throws for a part that nobody has described. */
export function architectureDiagram(): string {
  const all = arrows()
  const unknown = [...all.keys()].filter(part => !(part in parts))
  if (unknown.length > 0) throw new Error(`Describe in test/architecture-diagram.ts: ${unknown.join(', ')}`)
  const rooms = Object.entries(parts)
    .filter(([part]) => all.has(part))
    .map(([part, what]) => `  ${part}["${part} — ${what}"]`)
  return [begin, '', '```mermaid', 'flowchart TD', ...rooms, ...drawn(all).sort(), '```', '', end].join('\n')
}

/** The document with the picture in it. */
export function withDiagram(text: string): string {
  const [before, after] = [text.indexOf(begin), text.indexOf(end)]
  if (before < 0 || after < 0) throw new Error(`docs/architecture.md has no place for the picture (${begin})`)
  return text.slice(0, before) + architectureDiagram() + text.slice(after + end.length)
}

export const readArchitecture = (): string => readFileSync(document, 'utf8')

if (import.meta.filename === process.argv[1]) writeFileSync(document, withDiagram(readArchitecture()))
