import type { Resource, Told } from '../store/resources.ts'
import type { Transaction } from '../store/store.ts'

/** What an event tells of a row beside its tags. */
type Detail<Row> = (row: Row) => Readonly<Record<string, unknown>>

interface Changes<Row> {
  readonly detailType: string
  readonly detail: Detail<Row>
  /** What must differ for a change to be told: the status, unless told otherwise. */
  readonly stateOf?: (row: Row) => unknown
  /** Of one that is gone: what is told beside how it was. Nothing is told of it when absent. */
  readonly gone?: Readonly<Record<string, unknown>>
  /** Of these rows nothing is told. */
  readonly isHidden?: (row: Row) => boolean
}

/**
 * Announces what becomes of a kind of resource, in the detail types and shapes that SageMaker sends (SageMaker Developer Guide, "Events
 * that Amazon SageMaker AI sends to Amazon EventBridge").
 */
export function stateChange<Row extends Resource>(changes: Changes<Row>): Told<Row> {
  const { detailType, detail, stateOf = row => row.status, gone, isHidden = () => false } = changes
  return ({ before, after }, tx) => {
    const row = after ?? before
    if (!row || isHidden(row)) return undefined
    if (after ? before && stateOf(before) === stateOf(after) : !gone) return undefined
    const { account, region, arn } = row
    return {
      ...{ account, region, source: 'aws.sagemaker', detailType, resources: [arn] },
      detail: async () => ({ ...detail(row), ...(after ? {} : gone), Tags: await tagsOf(tx, arn) }),
    }
  }
}

/** Tags as events tell them. */
export async function tagsOf({ db }: Transaction, arn: string): Promise<Record<string, string>> {
  const tags = await db.selectFrom('tag').select(['key', 'value']).where('arn', '=', arn).orderBy('key').execute()
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]))
}

/** Milliseconds as text, as events of training and tuning jobs have their times. */
export const milliseconds = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : String(time)

/** A date without its fraction, as events of transform jobs and model packages have their times. */
export const isoTime = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
