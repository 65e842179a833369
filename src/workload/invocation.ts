/** What a model container is asked: `POST /invocations`. */
export interface Invocation {
  readonly body: Uint8Array
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
