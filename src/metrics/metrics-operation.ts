import type * as Sdk from '@aws-sdk/client-cloudwatch'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'
import type { AlarmAction } from './alarm/alarm-action.ts'
import type { Metrics } from './metric-sink.ts'

/** What operations of CloudWatch find in their context besides the platform: data put by clients goes the way of the platform's own. */
export interface MetricsParts {
  readonly metrics: Metrics
  /** What alarms can do. */
  readonly alarmActions: readonly AlarmAction[]
}

/** An operation of CloudWatch metrics by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<
  Input<typeof Sdk, Name>,
  Output<typeof Sdk, Name>,
  MetricsParts
>
