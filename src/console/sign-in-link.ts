import { clock } from '../ground/clock.ts'
import type { Store } from '../store/store.ts'
import { drawSecret, secretHash } from './secret-hash.ts'

/** How long a link may be used, in minutes. */
export const linkMinutes = 15

/**
 * The secret of a link that signs in once as the root of an account, within `linkMinutes`. Works while a server runs on the same database
 * and while none does.
 */
export async function createSignInLink(store: Store, account: string): Promise<string> {
  const { secret, hash } = drawSecret()
  const expires = clock.now() + linkMinutes * 60_000
  await store.transaction(async ({ db }) => {
    await db.deleteFrom('console_link').where('expires', '<=', clock.now()).execute()
    await db.insertInto('console_link').values({ hash, account, expires }).execute()
  })
  return secret
}

/** The account that a link is for, which nobody can use again; undefined for one that was used, is too old or never was. */
export const useSignInLink = (store: Store, secret: string): Promise<string | undefined> =>
  store.transaction(async ({ db }) => {
    const mine = db.deleteFrom('console_link').where('hash', '=', secretHash(secret)).returningAll()
    const link = await mine.executeTakeFirst()
    return link && link.expires > clock.now() ? link.account : undefined
  })
