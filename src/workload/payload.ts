import type { RecordRange } from './transform-record.ts'

/** A run of whole records, ready to be sent. */
export interface Payload extends RecordRange {
  readonly body: Uint8Array
}
