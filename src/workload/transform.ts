import type { Readable } from 'node:stream'
import type { MemoryBudget } from '../ground/memory-budget.ts'
import type { SourceObject } from './channel.ts'
import type { Answer, Invocation } from './invocation.ts'

/** How a batch transform cuts its input, asks the container and puts the answers together. */
export interface TransformPlan {
  readonly split: 'None' | 'Line' | 'RecordIO' | 'TFRecord'
  readonly strategy: 'MultiRecord' | 'SingleRecord'
  readonly assemble: 'None' | 'Line'
  readonly compression: 'None' | 'Gzip'
  /** 0 sends chunked and without a bound: a whole object, or a whole record with `SingleRecord`. */
  readonly maxPayloadBytes: number
  readonly maxConcurrent: number
  /** Tries after the first for answers of 5xx, timeouts and broken connections. */
  readonly maxRetries: number
  readonly contentType?: string
  readonly accept?: string
  readonly processing?: { readonly inputFilter: string; readonly outputFilter: string; readonly join: 'Input' | 'None' }
  /** When given, every record that is written gets an inference identifier and this time (ISO 8601, to the second). */
  readonly inferenceTime?: string
}

export interface TransformRun {
  readonly plan: TransformPlan
  readonly objects: readonly SourceObject[]
  open(object: SourceObject): Promise<Readable>
  /** Writes the object's output; nothing is visible when the stream fails. */
  write(object: SourceObject, body: Readable): Promise<void>
  /** Asks the container; throws when there is no answer. */
  invoke(invocation: Invocation): Promise<Answer>
  readonly signal: AbortSignal
  /** Where the memory of answers is taken from, and who holds it. */
  readonly memory: MemoryBudget
  readonly account: string
}
