import type { Db } from '../store/database.ts'

/** A registry is an account in a region. */
export interface Registry {
  readonly account: string
  readonly region: string
}

/** A setting's text; undefined when it was never set. */
export async function registrySetting(
  db: Db,
  { account, region }: Registry,
  name: string,
): Promise<string | undefined> {
  const found = db.selectFrom('ecr_registry_setting').select('value').where('account', '=', account)
  return (await found.where('region', '=', region).where('name', '=', name).executeTakeFirst())?.value
}

export async function setRegistrySetting(db: Db, { account, region }: Registry, name: string, value: string) {
  await db
    .insertInto('ecr_registry_setting')
    .values({ account, region, name, value })
    .onConflict(conflict => conflict.columns(['account', 'region', 'name']).doUpdateSet({ value }))
    .execute()
}

export async function removeRegistrySetting(db: Db, { account, region }: Registry, name: string): Promise<void> {
  const there = db.deleteFrom('ecr_registry_setting').where('account', '=', account).where('region', '=', region)
  await there.where('name', '=', name).execute()
}
