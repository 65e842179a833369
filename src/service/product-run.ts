import type { Measured } from './market.ts'

/** One product on one object of a buyer's, a row at a time, isolated, in the buyer's account and as the buyer's role. */
export interface ProductRunRequest {
  /** Of the transform job that it is. */
  readonly arn: string
  readonly account: string
  readonly region: string
  readonly name: string
  /** The model package that the marketplace holds. */
  readonly productArn: string
  readonly role: string
  readonly instanceType: string
  /** The object as its rows were counted: what has another ETag by now is refused. */
  readonly input: { readonly bucket: string; readonly key: string; readonly etag: string }
  readonly contentType: string
  readonly accept?: string
  /** Below which the answers are written. */
  readonly outputUri: string
  /** Is looked at again when the job has ended. */
  readonly notify: { readonly kind: string; readonly key: string }
}

export interface ProductRun {
  readonly status: 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped'
  readonly failureReason?: string
  readonly measured?: Measured
  /** Where the answers are once it is Completed, a line a row. */
  readonly output: { readonly bucket: string; readonly key: string }
}

/** SageMaker as evaluations use it. */
export interface ProductRuns {
  /** Makes the job, unless it is there. Throws a ServiceError of what cannot be had. */
  start(request: ProductRunRequest): Promise<void>
  find(arn: string): Promise<ProductRun | undefined>
  /** Has it end, if it has not. */
  stop(arn: string): Promise<void>
}
