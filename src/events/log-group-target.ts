import { type Outgoing, Undeliverable } from '../delivery/undeliverable.ts'
import { findGroup, parseGroupArn } from '../logs/log-group.ts'
import type { LogEvent, LogSink } from '../service/logs.ts'
import type { Store } from '../store/store.ts'
import { targetInput } from './target-input.ts'
import { optionsOf, type TargetRow } from './target-row.ts'

/**
 * Writes events into a log group, into a stream named after the rule and the target. The stream's cursor is the number of the newest,
 * so that what is sent again after a crash is not there twice. Throws Undeliverable for a group that is gone.
 */
export async function sendToLogGroup(
  { store, logs }: { readonly store: Store; readonly logs: LogSink },
  target: TargetRow,
  events: readonly (Outgoing & { readonly logEvent: LogEvent })[],
): Promise<void> {
  const name = parseGroupArn(target.arn)
  if (!name || !(await findGroup(store.db, name)))
    throw new Undeliverable('RESOURCE_NOT_FOUND', `The log group ${target.arn} does not exist.`)
  const stream = { ...name, stream: streamOf(target) }
  const written = Number((await logs.cursor(stream)) ?? 0)
  const fresh = events.filter(({ seq }) => seq > written)
  const newest = fresh.at(-1)
  if (newest)
    await logs.append(
      stream,
      fresh.map(({ logEvent }) => logEvent),
      String(newest.seq),
    )
}

const streamOf = ({ rule_arn, id }: TargetRow): string => `${rule_arn.slice(rule_arn.lastIndexOf('/') + 1)}/${id}`

/**
 * What an event is in a log. A transformed one must be a JSON object with a `message` that is a text and, if one is told, a `timestamp`, as
 * milliseconds or a date. Throws Undeliverable.
 */
export function logEventOf(target: TargetRow, event: Outgoing): LogEvent {
  const options = optionsOf(target)
  const text = targetInput(options, { body: event.body, announced: event.announced, ruleArn: target.rule_arn })
  const time = new Date(JSON.parse(event.body).time)
  if (!options.InputTransformer) return { time, message: text }
  const { message, timestamp = time.getTime() } = objectOf(text)
  const at = new Date(
    typeof timestamp === 'string' && /^\d+$/.test(timestamp) ? Number(timestamp) : (timestamp as number),
  )
  if (typeof message !== 'string' || Number.isNaN(at.getTime()))
    throw new Undeliverable(
      'INVALID_INPUT',
      'A log group takes {"timestamp": …, "message": "…"} of an InputTransformer.',
    )
  return { time: at, message }
}

function objectOf(text: string): { message?: unknown; timestamp?: unknown } {
  try {
    return Object(JSON.parse(text))
  } catch {
    throw new Undeliverable('INVALID_INPUT', 'What the InputTransformer makes of the event is not JSON.')
  }
}
