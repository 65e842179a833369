import { createBoundedCache } from '../ground/bounded-cache.ts'
import type { Store } from '../store/store.ts'
import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'

/** Remembers when an access key, or the role of a temporary one, was last used: writes at most once a minute for each. */
export function createUseNotes({ db }: Store) {
  const noted = createBoundedCache<string, number>(key => key.length + 8)
  return async (accessKeyId: string, service: string, region: string, now: Date): Promise<void> => {
    const minute = Math.floor(now.getTime() / 60_000) * 60_000
    if (noted.get(accessKeyId) === minute) return
    noted.set(accessKeyId, minute)
    if (accessKeyId.startsWith('ASIA')) {
      const session = db.selectFrom('iam_session').select('identity').where('access_key_id', '=', accessKeyId)
      const use = { last_used: minute, last_region: region }
      await db.updateTable('iam_identity').set(use).where('id', '=', session).execute()
      return
    }
    const use = { last_used: minute, last_service: service, last_region: region }
    await db.updateTable('iam_access_key').set(use).where('id', '=', accessKeyId).execute()
  }
}

export const getAccessKeyLastUsed: Op<'GetAccessKeyLastUsed'> = async (input, ctx) => {
  const row = await ctx.store.db
    .selectFrom('iam_access_key')
    .leftJoin('iam_identity', 'iam_identity.id', 'iam_access_key.identity')
    .select(['iam_access_key.last_used', 'last_service', 'iam_access_key.last_region', 'iam_identity.name'])
    .where('iam_access_key.id', '=', input.AccessKeyId)
    .where('iam_access_key.account', '=', ctx.account)
    .executeTakeFirst()
  if (!row) throw iamError.noAccessKey(input.AccessKeyId)
  const used = row.last_used > 0 && { LastUsedDate: new Date(row.last_used) }
  const use = { ...used, ServiceName: row.last_service, Region: row.last_region }
  // AWS leaves the date out for a key that was never used, though its model requires it.
  return { UserName: row.name ?? '<root_account>', AccessKeyLastUsed: use as typeof use & { LastUsedDate: Date } }
}
