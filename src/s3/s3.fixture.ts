import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createAccount, listAccounts } from '../iam/account.ts'
import { createIam } from '../iam/iam.ts'
import { parsePolicy } from '../iam/policy.ts'
import { createKms } from '../kms/kms.ts'
import { askService } from '../service/ask-service.fixture.ts'
import type { Context } from '../service/context.ts'
import type { Principal } from '../service/principal.ts'
import { openFileBlobs } from '../store/file-blobs.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createObjects } from './objects.ts'
import { createS3Service } from './s3-service.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read answers by name
type Answer = any

export const anonymous: Principal = { kind: 'anonymous', account: '', arn: 'anonymous', userId: 'anonymous' }

/** For tests: an object store on a directory, its own unless one is given, whose operations are asked as the gateway asks: access, authorize, invoke. */
export async function openS3Fixture(now: () => Date = () => new Date(), given?: string) {
  const directory = given ?? (await mkdtemp(join(tmpdir(), 's3-house-')))
  const store = await openTestStore(join(directory, 'metadata.sqlite'))
  const blobs = await openFileBlobs(join(directory, 'blobs'))
  const rootSecret = randomBytes(32)
  const iam = createIam({ store, rootSecret, now })
  const checkPolicy = (text: string) => void parsePolicy(text, 'resource')
  const keys = { rootSecret, kms: createKms({ store, rootSecret, now, checkPolicy }, iam).via('s3') }
  const service = createS3Service(keys, checkPolicy)
  const platform: Principal = { kind: 'service', account: '', arn: 'modelmart', userId: 'modelmart' }
  const objects = createObjects({ store, blobs, iam, now, keys }, platform)

  const ask = async (
    principal: Principal,
    operation: string,
    input: object = {},
    more: object = {},
  ): Promise<Answer> => {
    const place = { account: principal.account, region: 'us-east-1', requestId: 'test', principal, headers: {} }
    const ctx = { store, blobs, iam, now, url: 'http://localhost:8600', ...place, ...more } as unknown as Context
    const output: Answer = await askService(service, ctx, operation, input)
    const { Body } = output
    return Body ? { ...output, Body: Body instanceof Uint8Array ? Buffer.from(Body) : await buffer(Body) } : output
  }
  const openAccount = async (name: string) => {
    const known = (await listAccounts(store)).find(account => account.name === name)
    const account = known ?? (await createAccount(store, rootSecret, { name })).account
    const arn = `arn:aws:iam::${account.id}:root`
    const principal: Principal = { kind: 'root', account: account.id, arn, userId: account.id }
    const asked = (operation: string, input?: object, more?: object) => ask(principal, operation, input, more)
    return { principal, account: account.id, ask: asked }
  }
  const close = async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
  return {
    directory,
    store,
    blobs,
    rootSecret,
    iam,
    service,
    objects,
    ask,
    openAccount,
    close,
    owner: await openAccount('owner'),
  }
}
