import type { Measured } from '../../service/market.ts'
import type { CountedObject } from '../../service/product-run.ts'
import type { Resource } from '../../store/resources.ts'
import type { Admission } from '../capacity/capacity.ts'
import type { In } from '../sagemaker-operation.ts'
import type { ModelRow } from '../serving/model.ts'

export interface TransformJobRow extends Resource {
  readonly status: 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped'
  readonly request: Omit<In<'CreateTransformJob'>, 'Tags'>
  /** The model as it was when the job was made: deleting it does not disturb the job. */
  readonly model: Pick<ModelRow, 'containers' | 'executionRole'> & Partial<Pick<ModelRow, 'isolated'>>
  readonly attempt: number
  /** How often this attempt was tried again over errors of the platform's own. */
  readonly tries?: number
  /** What the machine gives it; absent while it waits. */
  readonly admission?: Admission
  readonly failureReason?: string
  readonly transformStart?: number
  readonly transformEnd?: number
  /** Of a job that ended while the engine was away: the clean-up tells when its containers did. */
  readonly endUnknown?: true
  /** Resource to look at again when this job has ended: a certification that runs it. */
  readonly notify?: { readonly kind: string; readonly key: string }
  /** Of an evaluation: the one object whose rows were counted. What its containers do is not charged. */
  readonly evaluated?: CountedObject
  /** Of a job that notifies somebody, once it has completed. */
  readonly measured?: Measured
}
