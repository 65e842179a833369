import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { Transaction } from '../../store/store.ts'
import { mostTags, readTags, removeTags, reservedTag, writeTags } from '../../store/tags.ts'
import { invalidValue } from '../cloudwatch-error.ts'
import type { Op } from '../metrics-operation.ts'
import { findAlarm } from './alarm.ts'

interface Tag {
  readonly Key: string
  readonly Value: string
}

/** Adds or replaces. Throws InvalidParameterValueException for a reserved key or more than 50 tags. */
export async function putTags(tx: Transaction, arn: string, tags: readonly Tag[]): Promise<void> {
  const reserved = reservedTag(tags.map(({ Key }) => Key))
  if (reserved !== undefined) throw invalidValue(`Tag keys starting with aws: are reserved: ${reserved}`)
  const count = await writeTags(
    tx.db,
    arn,
    tags.map(({ Key, Value }) => [Key, Value] as const),
  )
  if (count > mostTags) throw invalidValue(`An alarm can have no more than ${mostTags} tags.`)
}

async function requireOwn({ db }: Pick<Transaction, 'db'>, arn: string, { account }: Context): Promise<void> {
  const alarm = await findAlarm(db, arn)
  if (alarm?.account !== account) throw new ServiceError('ResourceNotFoundException', `Unknown resource: ${arn}`)
}

export const tagResource: Op<'TagResource'> = async ({ ResourceARN, Tags }, ctx) => {
  await ctx.store.transaction(async tx => {
    await requireOwn(tx, ResourceARN, ctx)
    await putTags(tx, ResourceARN, Tags)
  })
  return {}
}

export const untagResource: Op<'UntagResource'> = async ({ ResourceARN, TagKeys }, ctx) => {
  await ctx.store.transaction(async tx => {
    await requireOwn(tx, ResourceARN, ctx)
    await removeTags(tx.db, ResourceARN, TagKeys)
  })
  return {}
}

export const listTagsForResource: Op<'ListTagsForResource'> = async ({ ResourceARN }, ctx) => {
  await requireOwn(ctx.store, ResourceARN, ctx)
  const rows = await readTags(ctx.store.db, ResourceARN)
  return { Tags: rows.map(({ key, value }) => ({ Key: key, Value: value })) }
}
