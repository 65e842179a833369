export interface ErrorDetail {
  readonly ErrorCode: string
  readonly ErrorMessage: string
}

/** A change cannot be made: the codes that DescribeChangeSet shows with it (AWS Marketplace API Reference, asynchronous errors). */
export class ChangeRefused extends Error {
  readonly details: readonly ErrorDetail[]

  constructor(code: string, ...messages: string[]) {
    super(messages.join(' '))
    this.details = messages.map(ErrorMessage => ({ ErrorCode: code, ErrorMessage }))
  }
}
