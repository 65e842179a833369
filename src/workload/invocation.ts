import type { Readable } from 'node:stream'
import type { MemoryClaim } from '../ground/memory-budget.ts'

/** What a model container is asked. */
export interface Invocation {
  /** A stream is sent in chunks as it comes, without a bound and once: it cannot be asked again. */
  readonly body: Uint8Array | Readable
  /** Of a stream, in bytes, when it is known: told to the container, for some take no chunks. */
  readonly bodySize?: number
  readonly contentType?: string
  readonly accept?: string
  /** `/invocations`, unless a container has several models. */
  readonly path?: string
  /** Of a multi-model endpoint: the model as the caller names it. */
  readonly targetModel?: string
  /** Of a stateful session: its id, or `NEW_SESSION`. */
  readonly sessionId?: string | undefined
  /** Verbatim, at most 1024 ASCII characters. */
  readonly customAttributes?: string
  /** Where the memory of answers is taken from; whoever asks gives it back when it needs the answer no more. */
  readonly memory?: MemoryClaim
}

/** What it answered, whatever the status. */
export interface Answer {
  readonly status: number
  readonly contentType?: string
  readonly customAttributes?: string
  /** Of a session that it has begun: its id and when it ends. */
  readonly newSession?: string
  /** The id of a session that it has ended. */
  readonly closedSession?: string
  /** Value of `X-Amzn-Inference-Metering`. */
  readonly metering?: string
  readonly body: Uint8Array
}

/** Told of each good answer by its place in the line, before anybody gets it; when it rejects, nobody does. */
export type Answered = (index: number, answer: Pick<Answer, 'metering'>) => Promise<void>

export const isGood = ({ status }: Pick<Answer, 'status'>): boolean => status >= 200 && status < 300

/** An answer that is still being sent. */
export interface OpenAnswer extends Omit<Answer, 'body'> {
  /** To be read, or left, once; fails with a `TimeoutError` when the time is over, else with what broke it. */
  readonly body: AsyncIterable<Uint8Array>
  /** The rest of it at once: of an error's text, up to the limit of an answer. */
  whole(): Promise<Uint8Array>
  /** Ends it when nobody has begun to read it: an iterator that never began ends nothing. */
  leave(): void
}
