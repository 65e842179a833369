import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import type { CommandContext } from './command-context.ts'
import { lastUrl, profileOf } from './installation.ts'
import { onInstallation } from './on-installation.ts'

export interface FollowEventsOptions {
  readonly follow: boolean
  readonly region: string
  /** Any of these, `*` for anything: `aws.*`. All when there is none. */
  readonly source: readonly string[]
  readonly detailType: readonly string[]
  readonly json: boolean
}

const lookMs = 500
/** What a follower left that was killed goes a day later, at the next look of anybody. */
const leftOverMs = 86_400_000
const prefix = 'modelmart-follow-'

/**
 * `modelmart events ACCOUNT --follow`: an event a line, until SIGINT or SIGTERM or `signal`. It asks as any client does: by a rule with a log group, which are gone
 * when it ends.
 */
export const followEvents = (
  account: string,
  options: FollowEventsOptions,
  context: CommandContext,
  signal: AbortSignal = interruption(),
): Promise<void> =>
  onInstallation(context, async installation => {
    if (!options.follow) throw new Error('events are not kept; --follow shows those that come')
    const { accessKeyId, secretAccessKey } = await profileOf(installation, account)
    const credentials = { accessKeyId, secretAccessKey }
    const settings = { endpoint: await lastUrl(installation), region: options.region, credentials }
    const clients = { events: new EventBridge(settings), logs: new CloudWatchLogs(settings) }
    await removeLeftOvers(clients)
    const rule = `${prefix}${Date.now()}-${randomBytes(3).toString('hex')}`
    try {
      await listen(clients, rule, patternOf(options))
      context.err.write(`following events of ${account} in ${options.region}\n`)
      await show(clients.logs, rule, signal, event => context.out.write(`${options.json ? event : readable(event)}\n`))
    } finally {
      await remove(clients, rule)
    }
  })

interface Clients {
  readonly events: EventBridge
  readonly logs: CloudWatchLogs
}

const groupOf = (rule: string): string => `/aws/events/${rule}`
const target = 'log'

async function listen({ events, logs }: Clients, rule: string, EventPattern: string): Promise<void> {
  const logGroupName = groupOf(rule)
  await logs.createLogGroup({ logGroupName })
  await logs.putRetentionPolicy({ logGroupName, retentionInDays: 1 })
  const { RuleArn = '' } = await events.putRule({ Name: rule, EventPattern, Description: 'modelmart events --follow' })
  const Arn = `${RuleArn.replace(':events:', ':logs:').replace(/:rule\/.*$/, '')}:log-group:${logGroupName}`
  const { FailedEntries = [] } = await events.putTargets({ Rule: rule, Targets: [{ Id: target, Arn }] })
  if (FailedEntries.length > 0) throw new Error(`${FailedEntries[0]?.ErrorMessage}`)
}

/** What a rule of that name has written, in its order, each once. */
async function show(logs: CloudWatchLogs, rule: string, signal: AbortSignal, tell: (event: string) => void) {
  const stream = { logGroupName: groupOf(rule), logStreamName: `${rule}/${target}` }
  let nextToken: string | undefined
  while (!signal.aborted) {
    const page = await logs.getLogEvents({ ...stream, startFromHead: true, nextToken }).catch(unlessAbsent)
    for (const { message } of page?.events ?? []) tell(message ?? '')
    nextToken = page?.nextForwardToken ?? nextToken
    if (!page?.events?.length) await sleep(lookMs, undefined, { signal }).catch(() => {})
  }
}

/** The stream is there with the first event. */
function unlessAbsent(error: Error): undefined {
  if (error.name !== 'ResourceNotFoundException') throw error
}

async function remove({ events, logs }: Clients, rule: string): Promise<void> {
  const gone = (error: Error) => unlessAbsent(error)
  await events.removeTargets({ Rule: rule, Ids: [target] }).catch(gone)
  await events.deleteRule({ Name: rule }).catch(gone)
  await logs.deleteLogGroup({ logGroupName: groupOf(rule) }).catch(gone)
}

async function removeLeftOvers(clients: Clients): Promise<void> {
  const { Rules = [] } = await clients.events.listRules({ NamePrefix: prefix })
  for (const { Name = '' } of Rules)
    if (Number(/^\D*(\d+)/.exec(Name)?.[1]) < Date.now() - leftOverMs) await remove(clients, Name)
}

function patternOf({ source, detailType }: FollowEventsOptions): string {
  const asked = (names: readonly string[]) => names.map(name => (name.includes('*') ? { wildcard: name } : name))
  return JSON.stringify({
    source: source.length > 0 ? asked(source) : [{ exists: true }],
    ...(detailType.length > 0 && { 'detail-type': asked(detailType) }),
  })
}

/** When, from where, what, and to what. */
function readable(text: string): string {
  const event: Record<string, unknown> & { resources?: readonly string[] } = JSON.parse(text)
  return [event.time, event.source, event['detail-type'], ...(event.resources ?? [])].join('  ')
}

function interruption(): AbortSignal {
  const asked = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => asked.abort())
  return asked.signal
}
