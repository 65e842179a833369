import type { Selectable } from 'kysely'
import type { RetryPolicy } from '../delivery/delivery-decision.ts'
import type { EventTargetTable } from '../store/schema/event-tables.ts'
import type { TargetHttpParameters } from './api-destination-request.ts'
import type { TargetInput } from './target-input.ts'

export type TargetRow = Selectable<EventTargetTable>

/** Of a target what is more than its name and address. */
export interface TargetOptions extends TargetInput {
  readonly RetryPolicy?: RetryPolicy
  /** Of an API destination. */
  readonly HttpParameters?: TargetHttpParameters
  readonly RoleArn?: string
}

export const optionsOf = ({ options }: Pick<TargetRow, 'options'>): TargetOptions => JSON.parse(options)
