import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'

/** As many as an installation is remembered by. */
const most = 32

const setting = 'registry-hosts'

/** Hosts that image URIs of this installation begin with, newest first: a server that moves keeps those that were written down before. */
export async function registryHosts(db: Db): Promise<readonly string[]> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', setting).executeTakeFirst()
  return row ? JSON.parse(row.value) : []
}

/** Remembers that the installation's URL is this one now. */
export const rememberRegistryHost = (store: Store, url: string): Promise<void> =>
  store.transaction(async ({ db }) => {
    const { host } = new URL(url)
    const before = await registryHosts(db)
    const value = JSON.stringify([host, ...before.filter(other => other !== host)].slice(0, most))
    const row = db.insertInto('setting').values({ name: setting, value })
    await row.onConflict(conflict => conflict.column('name').doUpdateSet({ value })).execute()
  })
