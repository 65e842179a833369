import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'
import type { ChunkWriter } from './chunk-writer.ts'
import type { LiveTails } from './live-tail.ts'
import type { QueryRunner } from './query-runner.ts'

/** What operations of CloudWatch Logs find in their context besides the platform. */
export interface LogsParts {
  readonly writeChunks: ChunkWriter
  readonly queries: QueryRunner
  readonly tails: LiveTails
}

/** An operation of CloudWatch Logs by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<
  Input<typeof Sdk, Name>,
  Output<typeof Sdk, Name>,
  LogsParts
>
