import { secrets } from './authorization-server.ts'
import type { World } from './world.ts'

/** Connections of which it is not known yet whether their authorization server knows them. */
export async function unauthorized({ store }: World): Promise<string[]> {
  const asking = await store.db
    .selectFrom('event_connection')
    .select('name')
    .where('state', '=', 'AUTHORIZING')
    .execute()
  return asking.map(({ name }) => `the connection ${name}`)
}

/** Each has a token that was given, sealed for it alone. */
export async function checkConnections({ store, tokens, violations }: World): Promise<void> {
  const rows = await store.db.selectFrom('event_connection').select(['arn', 'name', 'state', 'sealed_token']).execute()
  for (const { arn, name, state, sealed_token: sealed } of rows)
    if (state !== 'AUTHORIZED' || sealed === null || !tokens.has(secrets.unsealToken(arn, sealed)))
      violations.push(`the connection ${name} is ${state} without a token that was given`)
}
