import type * as Sdk from '@aws-sdk/client-sagemaker-runtime'
import type { Context } from '../service/context.ts'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'
import type { Invoker } from '../workload/invoke.ts'
import type { DataCapture } from './data-capture.ts'
import type { ChooseTarget, FindRoute } from './endpoint-target.ts'
import type { MeteringJournal } from './metering-journal.ts'

/** What invocations find in their context besides the platform. */
export interface RuntimeParts {
  readonly findRoute: FindRoute
  readonly chooseTarget: ChooseTarget
  readonly invoker: Invoker
  readonly journal: MeteringJournal
  readonly capture: DataCapture
}

export type RuntimeContext = Context & RuntimeParts
export type In<Name extends OperationName<typeof Sdk>> = Input<typeof Sdk, Name>

/** An operation of SageMaker Runtime by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<In<Name>, Output<typeof Sdk, Name>, RuntimeParts>
