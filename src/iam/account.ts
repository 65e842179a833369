import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import type { RootSecret } from '../ground/root-secret.ts'
import { isMailAddress } from '../outgoing/mailer.ts'
import type { Store, Transaction } from '../store/store.ts'
import { newSecretAccessKey, sealSecret, uniqueId, unsealSecret } from './access-key-secret.ts'

export interface Account {
  /** 12 digits. */
  readonly id: string
  readonly name: string
  readonly created: Date
  /** Where mail for it goes; empty for nowhere. */
  readonly email: string
}

/** An account in a list. */
export interface ListedAccount extends Account {
  readonly isDisabled: boolean
}

export interface AccountCredentials {
  readonly account: Account
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface AccountRequest {
  readonly name: string
  readonly id?: string
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly email?: string
}

/**
 * Makes an account with one access key of its root. Name, id and access key are unique in the installation; what is not given
 * is drawn at random. `alongside` writes what is true by the same commit. Works while a server runs on the same database. Throws an Error
 * that says which part is wrong or taken.
 */
export async function createAccount(
  store: Store,
  rootSecret: RootSecret,
  request: AccountRequest,
  alongside?: (tx: Transaction, id: string) => Promise<void>,
): Promise<AccountCredentials> {
  checkRequest(request)
  const id = request.id ?? String(100_000_000_000 + randomness.below(900_000_000_000))
  const { name, email = '' } = request
  const account = { id, name, created: new Date(clock.now()), email }
  const accessKeyId = request.accessKeyId ?? uniqueId('AKIA')
  const secretAccessKey = request.secretAccessKey ?? newSecretAccessKey()
  await store.transaction(async tx => {
    const { db } = tx
    const same = await db
      .selectFrom('iam_account')
      .selectAll()
      .where(eb => eb.or([eb('id', '=', id), eb('name', '=', request.name)]))
      .executeTakeFirst()
    if (same) throw new Error(`There is an account named ${same.name} with the id ${same.id} already`)
    const sameKey = db.selectFrom('iam_access_key').select('account').where('id', '=', accessKeyId)
    if (await sameKey.executeTakeFirst()) throw new Error(`The access key ${accessKeyId} belongs to another account`)
    const created = account.created.getTime()
    await db.insertInto('iam_account').values({ id, name, created, email }).execute()
    const secret = sealSecret(rootSecret, accessKeyId, secretAccessKey)
    const unused = { last_used: 0, last_service: 'N/A', last_region: 'N/A' }
    const key = { id: accessKeyId, account: id, identity: '', secret, status: 'Active' as const, created, ...unused }
    await db.insertInto('iam_access_key').values(key).execute()
    await alongside?.(tx, id)
  })
  return { account, accessKeyId, secretAccessKey }
}

/** Changes where mail for an account goes, nowhere when empty. Throws an Error for what is no address, and for an account that is not there. */
export async function setAccountEmail({ db }: Store, name: string, email: string): Promise<void> {
  if (email !== '' && !isMailAddress(email)) throw new Error(`${email} is no address that mail could be sent to`)
  const { numUpdatedRows } = await db
    .updateTable('iam_account')
    .set({ email })
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new Error(`There is no account named ${name}`)
}

/** Every account, by name. */
export async function listAccounts(store: Store): Promise<ListedAccount[]> {
  const rows = await store.db.selectFrom('iam_account').selectAll().orderBy('name').execute()
  return rows.map(({ disabled, created, ...row }) => ({
    ...{ ...row, created: new Date(created), isDisabled: disabled > 0 },
  }))
}

/** The oldest active access key of the account's root. Throws an Error when there is no such account or key. */
export async function accountCredentials(
  store: Store,
  rootSecret: RootSecret,
  name: string,
): Promise<AccountCredentials> {
  const row = await store.db.selectFrom('iam_account').selectAll().where('name', '=', name).executeTakeFirst()
  if (!row) throw new Error(`There is no account named ${name}`)
  const key = await store.db
    .selectFrom('iam_access_key')
    .select(['id', 'secret'])
    .where('account', '=', row.id)
    .where('identity', '=', '')
    .where('status', '=', 'Active')
    .orderBy('created')
    .executeTakeFirst()
  if (!key) throw new Error(`The account ${name} has no active root access key`)
  const secretAccessKey = unsealSecret(rootSecret, key.id, key.secret)
  const { id, email, created } = row
  return { account: { id, name, email, created: new Date(created) }, accessKeyId: key.id, secretAccessKey }
}

function checkRequest({ name, id, accessKeyId, secretAccessKey, email }: AccountRequest): void {
  const need = (right: boolean, what: string) => {
    if (!right) throw new Error(what)
  }
  need(
    /^[\w.-]{1,64}$/.test(name),
    `Account name ${JSON.stringify(name)}: use 1 to 64 letters, digits, '_', '.' or '-'`,
  )
  need(id === undefined || /^\d{12}$/.test(id), `Account id ${JSON.stringify(id)}: it must be 12 digits`)
  need(email === undefined || isMailAddress(email), `${email} is no address that mail could be sent to`)
  need((accessKeyId === undefined) === (secretAccessKey === undefined), 'Give an access key id and its secret together')
  need(
    accessKeyId === undefined || /^\w{16,128}$/.test(accessKeyId),
    'An access key id has 16 to 128 letters or digits',
  )
  need(accessKeyId?.startsWith('ASIA') !== true, 'Access key ids that begin with ASIA are for temporary credentials')
  need(
    secretAccessKey === undefined || /^[!-~]{8,128}$/.test(secretAccessKey),
    'A secret access key has 8 to 128 characters',
  )
}
