import { ServiceError } from '../ground/errors.ts'

/** Which records of an object, counted from 0 as they are within the platform. */
export interface RecordRange {
  readonly first: number
  readonly last: number
}

/** What a reader of a failure is told: counted from 1, like the lines of an editor. */
export const recordName = ({ first, last }: RecordRange): string =>
  first === last ? `record ${first + 1} (counted from 1)` : `records ${first + 1} to ${last + 1} (counted from 1)`

/** What the platform refuses before the container sees it. */
export const refusedRecord = (records: RecordRange, problem: string): ServiceError =>
  new ServiceError('ClientError', `${recordName(records)}: refused by the platform: ${problem}`)
