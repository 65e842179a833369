import type { Measured } from './market.ts'

/** An object as its rows were counted: what has another ETag by now is refused. */
export interface CountedObject {
  readonly bucket: string
  readonly key: string
  readonly etag: string
}

/** What a product's algorithm learns from before it is tried: isolated, in the buyer's account and as the buyer's role. */
export interface ProductTrainingRequest {
  /** Of the training job that it is. */
  readonly arn: string
  readonly account: string
  readonly region: string
  readonly name: string
  /** The algorithm that the marketplace holds. */
  readonly productArn: string
  readonly role: string
  readonly instanceType: string
  readonly hyperParameters: Readonly<Record<string, string>>
  readonly channels: readonly { readonly name: string; readonly contentType?: string; readonly input: CountedObject }[]
  /** Below which the model is written. */
  readonly outputUri: string
  readonly maxMinutes: number
  /** The ARN that its use is written down for, which the seller's minutes are counted of. */
  readonly run: string
  readonly notify: ProductRunRequest['notify']
}

export interface ProductTraining {
  readonly status: ProductRun['status']
  readonly failureReason?: string
  /** `s3://BUCKET/KEY` of the archive, once it is Completed. */
  readonly model?: string
}

/** One product on one object of a buyer's, a row at a time, isolated, in the buyer's account and as the buyer's role. */
export interface ProductRunRequest {
  /** Of the transform job that it is. */
  readonly arn: string
  readonly account: string
  readonly region: string
  readonly name: string
  /** The model package that the marketplace holds, or the algorithm that has made `model`. */
  readonly productArn: string
  /** `s3://BUCKET/KEY` of the archive that the algorithm has trained. */
  readonly model?: string
  readonly role: string
  readonly instanceType: string
  readonly input: CountedObject
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
  /** Makes the training job, unless it is there. Throws a ServiceError of what cannot be had. */
  train(request: ProductTrainingRequest): Promise<void>
  findTraining(arn: string): Promise<ProductTraining | undefined>
  /** Has either end, if it has not. */
  stop(arn: string): Promise<void>
}
