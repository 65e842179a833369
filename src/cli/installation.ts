import { mkdirSync } from 'node:fs'
import type { RootSecret } from '../ground/root-secret.ts'
import { accountCredentials, listAccounts } from '../iam/account.ts'
import { type DataDirectory, dataDirectory } from '../store/data-directory.ts'
import { openingFailure } from '../store/disk-room.ts'
import { hasStore, openStore } from '../store/open-store.ts'
import type { Store, Wish } from '../store/store.ts'
import { openRootSecret } from './open-root-secret.ts'
import { type Endpoints, type Profile, writeProfiles } from './profiles.ts'

/** A data directory as the commands see it, whether a server runs on it or not. */
export interface Installation {
  readonly directory: DataDirectory
  readonly store: Store
  readonly rootSecret: RootSecret
}

export interface InstallationOptions {
  readonly data: string
  /** MODELMART_ROOT_SECRET. */
  readonly rootSecret?: string
  /** `postgres://…`, where the rows are to be; where the directory remembers, when absent. */
  readonly database?: string | undefined
  /** For tests: refuses statements whose plan is no search on an index. */
  readonly checkPlans?: boolean
  /** Whether one is made where there is none. Throws an Error that says so otherwise. */
  readonly create?: boolean
  readonly onEnqueue?: (wishes: readonly Wish[]) => void
}

export async function openInstallation({
  data,
  database,
  rootSecret,
  onEnqueue,
  checkPlans,
  create = true,
}: InstallationOptions): Promise<Installation> {
  const directory = dataDirectory(data)
  if (!create && !hasStore(directory))
    throw new Error(
      `There is no installation in ${data}. Give --data its directory; \`modelmart account create\` makes one.`,
    )
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const secret = openRootSecret(directory.secret, rootSecret)
  const store = await openStore(directory, { database, onEnqueue, checkPlans }).catch(error => {
    throw openingFailure(data, error)
  })
  return { directory, rootSecret: secret, store }
}

/** Where the server is that last ran on the directory, or where one will be by default. */
const usual: Endpoints = { url: 'http://localhost:8600', invokeUrl: 'http://localhost:8601' }
const names = { url: 'url', invokeUrl: 'invoke-url' } as const

export async function lastUrls(installation: Installation): Promise<Endpoints> {
  return { url: await setting(installation, 'url'), invokeUrl: await setting(installation, 'invokeUrl') }
}

/** Of the server alone. */
export const lastUrl = (installation: Installation): Promise<string> => setting(installation, 'url')

async function setting({ store }: Installation, which: keyof Endpoints): Promise<string> {
  const row = await store.db.selectFrom('setting').select('value').where('name', '=', names[which]).executeTakeFirst()
  // Image URIs say localhost; an SDK that is told so asks for `BUCKET.localhost`, which not every system resolves.
  return (row?.value ?? usual[which]).replace('//localhost:', '//127.0.0.1:')
}

export async function rememberUrls({ store }: Installation, urls: Endpoints): Promise<void> {
  for (const which of ['url', 'invokeUrl'] as const) {
    const value = urls[which]
    await store.db
      .insertInto('setting')
      .values({ name: names[which], value })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
      .execute()
  }
}

/** The random name of this data directory. */
export async function installationName({ store }: Installation): Promise<string> {
  const row = await store.db
    .selectFrom('setting')
    .select('value')
    .where('name', '=', 'installation')
    .executeTakeFirstOrThrow()
  return row.value
}

/** Credentials of one account, for `modelmart env`. */
export async function profileOf({ store, rootSecret }: Installation, name: string): Promise<Profile> {
  const { accessKeyId, secretAccessKey } = await accountCredentials(store, rootSecret, name)
  return { name, accessKeyId, secretAccessKey }
}

/** Brings the AWS clients' profile files up to date with the accounts and the URL. */
export async function refreshProfiles(installation: Installation): Promise<void> {
  const accounts = await listAccounts(installation.store)
  const profiles = await Promise.all(accounts.map(({ name }) => profileOf(installation, name)))
  writeProfiles(installation.directory, profiles, await lastUrls(installation))
}
