import type * as Sdk from '@aws-sdk/client-sagemaker-runtime'
import type { Context } from '../service/context.ts'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'
import type { Invoker } from '../workload/invoke.ts'
import type { DataCapture } from './data-capture.ts'
import type { ChooseTarget, FindRoute } from './endpoint-target.ts'
import type { MeteringJournal } from './metering-journal.ts'
import type { Sessions } from './sessions.ts'

/** What invocations find in their context besides the platform. */
export interface RuntimeParts {
  readonly findRoute: FindRoute
  readonly chooseTarget: ChooseTarget
  readonly invoker: Invoker
  readonly journal: Pick<MeteringJournal, 'record'>
  readonly capture: DataCapture
  readonly sessions: Sessions
}

/** All that an invocation takes of the platform and of its request: whoever has this can answer it, without a store. */
export type InvocationContext = Pick<Context, 'account' | 'region' | 'memory' | 'signal' | 'metrics'> &
  Omit<RuntimeParts, 'findRoute'> & { readonly log: Pick<Context['log'], 'warn'> }

export type RuntimeContext = Context & RuntimeParts
export type In<Name extends OperationName<typeof Sdk>> = Input<typeof Sdk, Name>
type Out<Name extends OperationName<typeof Sdk>> = Output<typeof Sdk, Name>

/** An operation of SageMaker Runtime by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<In<Name>, Out<Name>, RuntimeParts>

/** One that is answered by a container, wherever that is asked from. */
export type Invoke<Name extends OperationName<typeof Sdk>> = (
  input: In<Name>,
  ctx: InvocationContext,
) => Promise<Out<Name>>
