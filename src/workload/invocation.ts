import type { Readable } from 'node:stream'

/** What a model container is asked: `POST /invocations`. */
export interface Invocation {
  /** A stream is sent in chunks as it comes, without a bound and once: it cannot be asked again. */
  readonly body: Uint8Array | Readable
  readonly contentType?: string
  readonly accept?: string
  /** Verbatim, at most 1024 ASCII characters. */
  readonly customAttributes?: string
}

/** What it answered, whatever the status. */
export interface Answer {
  readonly status: number
  readonly contentType?: string
  readonly customAttributes?: string
  /** Value of `X-Amzn-Inference-Metering`. */
  readonly metering?: string
  readonly body: Uint8Array
}
