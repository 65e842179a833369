import { setTimeout as sleep } from 'node:timers/promises'
import { labelFilter, workloadOf } from './container-identity.ts'
import type { EngineClient } from './engine-client.ts'
import { at } from './engine-path.ts'

interface EngineEvent {
  readonly Action: string
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> | null }
}

/** Docker's words and Podman's for a change that `ContainerState` shows. */
const CHANGES = new Set(['start', 'die', 'died', 'oom', 'destroy', 'remove'])

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 5_000

/**
 * ARNs of an installation's containers as they change, until the signal aborts. Yields `undefined` whenever it has
 * (re)connected, for what happened before was not heard; `onSilence` hears whenever the engine does not answer.
 */
export const containerEvents = async function* (
  client: EngineClient,
  installation: string,
  signal: AbortSignal,
  onSilence: () => void = () => {},
): AsyncGenerator<string | undefined> {
  const filters = JSON.stringify({ type: ['container'], label: labelFilter(installation) })
  let backoff = FIRST_BACKOFF_MS
  while (!signal.aborted) {
    try {
      const body = await client.stream('GET', at`/events`, { query: { filters }, signal })
      yield undefined
      backoff = FIRST_BACKOFF_MS
      for await (const event of jsonLines<EngineEvent>(body)) {
        const { name, ...labels } = event.Actor.Attributes ?? {}
        const arn = CHANGES.has(event.Action) ? workloadOf(installation, name, labels) : undefined
        if (arn) yield arn
      }
    } catch {
      // Whatever broke the stream, the remedy is the same: connect again, and say that something was missed.
    }
    onSilence()
    await sleep(backoff, undefined, { signal }).catch(() => undefined)
    backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS)
  }
}

const jsonLines = async function* <T>(body: AsyncIterable<Buffer>): AsyncGenerator<T> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim()) yield JSON.parse(line) as T
  }
}
