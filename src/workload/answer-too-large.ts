/** Seller code answers as it likes; of this much no more is taken. `what` is too large, in words. */
export class AnswerTooLarge extends Error {
  constructor(what: string, mostBytes: number) {
    super(`${what} is larger than ${mostBytes} bytes, the most that is taken`)
    this.name = 'AnswerTooLarge'
  }
}
