/**
 * Most bytes of an answer. Real-time: what InvokeEndpoint gives back, by the SageMaker Runtime API reference. Batch: what one payload
 * may have by CreateTransformJob's, and a quarter more.
 */
export const mostAnswerBytes = { realTime: 25 * 1024 ** 2, batch: 125 * 1024 ** 2 }

/** Seller code answers as it likes; of this much no more is taken. `what` is too large, in words. */
export class AnswerTooLarge extends Error {
  constructor(what: string, mostBytes: number) {
    super(`${what} is larger than ${mostBytes} bytes, the most that is taken`)
    this.name = 'AnswerTooLarge'
  }
}
