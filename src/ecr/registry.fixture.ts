import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { AccessDenied } from '../ground/errors.ts'
import { parsePolicy } from '../iam/policy.ts'
import { askService } from '../service/ask-service.fixture.ts'
import type { Context } from '../service/context.ts'
import type { Iam } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'
import { collect } from '../store/blob-references.ts'
import type { BlobStore } from '../store/blobs.ts'
import { openFileBlobs } from '../store/file-blobs.ts'
import { openTestStore } from '../store/store.fixture.ts'
import type { Store } from '../store/store.ts'
import { createAuthorizationTokens } from './authorization-token.ts'
import { createEcrService } from './ecr-service.ts'
import { createImages } from './images.ts'
import { createLayerUploads } from './layer-upload.ts'
import { createLayerUrls } from './layer-url.ts'
import { createRegistry } from './registry.ts'
import { collectRegistry } from './registry-collection.ts'

export const seller = '111111111111'
export const buyer = '222222222222'
export const region = 'us-east-1'

export const rootOf = (account: string): Principal => ({
  kind: 'root',
  account,
  arn: `arn:aws:iam::${account}:root`,
  userId: account,
})

interface Options {
  readonly directory?: string
  readonly store?: Store
  /** Actions that users, who are not root, may do in their account. */
  readonly userActions?: readonly string[]
  readonly faulty?: (store: Store, blobs: BlobStore) => { store: Store; blobs: BlobStore }
}

/** A registry and ECR on a real port, a real store and real files; only identities and their policies are made up. */
export async function openFixture({ directory, store: given, userActions = [], faulty }: Options = {}) {
  const root = directory ?? (await mkdtemp(join(tmpdir(), 'ecr-')))
  const opened = given ?? (await openTestStore(':memory:'))
  const files = await openFileBlobs(join(root, 'blobs'))
  const { store, blobs } = faulty?.(opened, files) ?? { store: opened, blobs: files }
  const clock = { offset: 0 }
  const now = () => new Date(Date.now() + clock.offset)
  const log = pino({ level: 'silent' })
  const disabled = new Set<string>()
  const iam = { ...staticIam(userActions), isDisabled: async (account: string) => disabled.has(account) }
  const secret = Buffer.from('the secret of the installation')
  const tokens = createAuthorizationTokens(secret, now)
  const urls = createLayerUrls(secret, now)
  const uploads = createLayerUploads({ store, blobs, now })
  const server = createServer({ requestTimeout: 0 }, (request, response) => void registry(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `http://${host}`
  const registry = createRegistry({ store, blobs, iam, tokens, urls, uploads, url, now, log })
  const images = createImages({ store, blobs, iam, url, now })
  const service = createEcrService({
    ...{ tokens, uploads, urls },
    checkPolicy: text => void parsePolicy(text, 'resource'),
  })

  /** Calls an operation as the gateway does: leave first, then the operation. */
  async function call<T = Record<string, never>>(
    operation: string,
    input: object,
    principal: Principal = rootOf(seller),
    at = region,
  ): Promise<T> {
    const ctx = { store, blobs, iam, url, now, principal, account: principal.account, region: at } as unknown as Context
    return askService(service, ctx, operation, input)
  }

  const basic = (principal: Principal = rootOf(seller), at = region): string =>
    `Basic ${Buffer.from(`AWS:${tokens.issue({ principal, region: at }).password}`).toString('base64')}`

  return {
    /** Accounts that the operator has disabled. */
    disabled,
    root,
    store,
    blobs,
    uploads,
    images,
    iam,
    service,
    tokens,
    host,
    url,
    clock,
    now,
    call,
    basic,
    /** A request to the registry as the seller's root, unless `authorization` says otherwise. */
    send: (
      method: string,
      path: string,
      options: { headers?: Record<string, string>; body?: string | Buffer; as?: Principal } = {},
    ) =>
      fetch(`${url}${path}`, {
        method,
        headers: { authorization: basic(options.as), ...options.headers },
        body: options.body,
        redirect: 'manual',
        ...(options.body && { duplex: 'half' }),
      } as RequestInit),
    /** Both collections, as if everything had been left alone for long. */
    async collect(graceMs = 0) {
      const later = () => new Date(now().getTime() + 1000)
      await collectRegistry({ store, uploads, now: later, blobGraceMs: graceMs, uploadGraceMs: graceMs })
      return collect(store, blobs, { olderThan: new Date(Date.now() + 1000) })
    },
    async close(keep = false) {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      if (!given && !keep) await store.close()
      if (!directory && !keep) await rm(root, { recursive: true, force: true })
    },
  }
}

export type Fixture = Awaited<ReturnType<typeof openFixture>>

export const newName = (): string => `team/model-${randomUUID().slice(0, 8)}`

/** Root may do everything in its account, users what they are given; in other accounts what the resource's policy allows. */
function staticIam(userActions: readonly string[]): Pick<Iam, 'authorize'> {
  return {
    async authorize(principal, { action, resource, owner = principal.account, resourcePolicy }) {
      const own = owner === principal.account && (principal.kind === 'root' || userActions.includes(action))
      const statements: { Principal: { AWS: string } | '*'; Action: string | string[] }[] = resourcePolicy
        ? JSON.parse(resourcePolicy).Statement
        : []
      const shared = statements.some(
        ({ Principal, Action }) =>
          (Principal === '*' || Principal.AWS === `arn:aws:iam::${principal.account}:root`) &&
          [Action].flat().includes(action),
      )
      if (!own && !shared)
        throw new AccessDenied(
          `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`,
        )
    },
  }
}
