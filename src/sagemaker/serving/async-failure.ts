import { ServiceError } from '../../ground/errors.ts'

/** The metric that counts a failure. Source: SageMaker Developer Guide, "Alarms and logs for tracking metrics from asynchronous endpoints". */
export type FailureMetric =
  | 'ExpiredRequests'
  | 'RequestDownloadFailures'
  | 'InvocationFailures'
  | 'ResponseUploadFailures'

/** A request that will not be answered, with the reason that its owner is told. */
export class AsyncFailure extends Error {
  readonly metric: FailureMetric
  /** Of the container's answer, when it gave one. */
  readonly status: number | undefined
  readonly content: Buffer | undefined

  constructor(metric: FailureMetric, reason: string, answer: { status?: number; content?: Buffer } = {}) {
    super(reason)
    this.name = 'AsyncFailure'
    this.metric = metric
    this.status = answer.status
    this.content = answer.content
  }
}

/** What the request's owner can mend; anything else is the platform's own trouble. */
export const isCallers = (error: unknown): error is ServiceError =>
  error instanceof ServiceError && (error.status ?? 400) < 500
