import type { Db } from '../store/database.ts'
import type { Quota } from './quotas.ts'

/** Which quota of which service, by the codes of Service Quotas. */
export interface QuotaName {
  readonly service: string
  readonly quota: Pick<Quota, 'code' | 'value' | 'isAdjustable'>
}

const rowOf = (db: Db, account: string, { service, quota }: QuotaName) =>
  db
    .selectFrom('account_quota')
    .select('value')
    .where('account', '=', account)
    .where('service', '=', service)
    .where('quota', '=', quota.code)

/** What an account may have of it: what the operator has set for it, else what every account may. */
export async function quotaOf(db: Db, account: string, name: QuotaName): Promise<number> {
  if (!name.quota.isAdjustable) return name.quota.value
  const row = await rowOf(db, account, name).executeTakeFirst()
  return row?.value ?? name.quota.value
}

/** Sets what an account may have; what it has already stays. */
export async function setQuota(db: Db, account: string, { service, quota }: QuotaName, value: number): Promise<void> {
  await db
    .insertInto('account_quota')
    .values({ account, service, quota: quota.code, value })
    .onConflict(conflict => conflict.columns(['account', 'service', 'quota']).doUpdateSet({ value }))
    .execute()
}

/** The account may have what every account may. */
export async function unsetQuota(db: Db, account: string, { service, quota }: QuotaName): Promise<void> {
  await db
    .deleteFrom('account_quota')
    .where('account', '=', account)
    .where('service', '=', service)
    .where('quota', '=', quota.code)
    .execute()
}

/** What the operator has set for an account: few rows, as there are few adjustable quotas. By service and code, in one text. */
export async function quotasOf(db: Db, account: string): Promise<ReadonlyMap<string, number>> {
  const rows = await db.selectFrom('account_quota').selectAll().where('account', '=', account).execute()
  return new Map(rows.map(({ service, quota, value }) => [`${service}/${quota}`, value]))
}
