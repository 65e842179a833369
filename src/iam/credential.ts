import type { RootSecret } from '../ground/root-secret.ts'
import type { Credential } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'
import type { Store } from '../store/store.ts'
import { unsealSecret } from './access-key-secret.ts'

/** The credential of an active long-term access key of a root or a user. */
export async function findAccessKey(
  store: Store,
  rootSecret: RootSecret,
  accessKeyId: string,
): Promise<Credential | undefined> {
  const row = await store.db
    .selectFrom('iam_access_key')
    .leftJoin('iam_identity', 'iam_identity.id', 'iam_access_key.identity')
    .select(['iam_access_key.account', 'identity', 'secret', 'iam_identity.arn'])
    .where('iam_access_key.id', '=', accessKeyId)
    .where('status', '=', 'Active')
    .executeTakeFirst()
  if (!row) return undefined
  const principal = row.identity === '' ? rootPrincipal(row.account) : row.arn && userPrincipal(row.arn, row.identity)
  return principal
    ? { accessKeyId, secretAccessKey: unsealSecret(rootSecret, accessKeyId, row.secret), principal }
    : undefined
}

export const rootPrincipal = (account: string): Principal => ({
  kind: 'root',
  account,
  arn: `arn:aws:iam::${account}:root`,
  userId: account,
})

export const userPrincipal = (arn: string, id: string): Principal => ({
  kind: 'user',
  account: arn.split(':')[4] as string,
  arn,
  userId: id,
  identityArn: arn,
})
