import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { ImageSource } from '../../src/driver/driver.ts'
import type { ImageScanner } from '../../src/ecr/image-scan-support.ts'
import { ServiceError } from '../../src/ground/errors.ts'
import type { Iam } from '../../src/service/iam.ts'
import type { Images } from '../../src/service/images.ts'
import type { Kms } from '../../src/service/kms.ts'
import type { ObjectInfo, Objects } from '../../src/service/objects.ts'
import type { Principal } from '../../src/service/principal.ts'
import type { Scanner } from '../../src/service/scan.ts'
import type { Workspace } from '../../src/service/workspace.ts'
import type { Store } from '../../src/store/store.ts'

/** A step of the world beyond the server: it may fail, take its time, or be the last that this server sees. */
export type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>

export const worker: Principal = {
  kind: 'assumed-role',
  account: '111122223333',
  arn: 'arn:aws:sts::111122223333:assumed-role/Worker/job',
  userId: 'AROAWORKER:job',
}

export const allowingIam: Iam = {
  credential: async () => undefined,
  authorize: async () => {},
  passRole: async () => {},
  assumeForService: async () => worker,
  endWorkloadSessions: async () => {},
}

export const allowingKms: Kms = {
  via: () => ({
    generate: () => Promise.reject(new Error('no key is used')),
    require: async () => {},
    open: () => Promise.reject(new Error('no key is used')),
  }),
}

interface ObjectRemains {
  readonly objects: Map<string, Buffer>
  readonly writes: Map<string, number>
  /** Without steps of its own: an object and what its commit does besides are one step. */
  readonly store: Store
}

/** Objects in memory, by `bucket/key`, and how often each was written. */
export function memoryObjects({ objects: content, writes, store }: ObjectRemains, step: Step): Objects {
  const info = (path: string, body: Buffer): ObjectInfo => ({
    key: path.slice(path.indexOf('/') + 1),
    size: body.length,
    etag: 'e',
    lastModified: new Date(0),
  })
  const found = (bucket: string, key: string): Buffer => {
    const body = content.get(`${bucket}/${key}`)
    if (!body) throw new ServiceError('NoSuchKey', `The specified key ${key} does not exist in ${bucket}.`)
    return body
  }
  return {
    head: (_as, bucket, key) => step('head object', async () => info(`${bucket}/${key}`, found(bucket, key))),
    async *list(_as, bucket, prefix) {
      const paths = await step('list objects', async () => [...content.keys()].sort())
      for (const path of paths)
        if (path.startsWith(`${bucket}/${prefix}`)) yield info(path, content.get(path) as Buffer)
    },
    get: (_as, bucket, key) =>
      step('get object', async () => {
        const body = found(bucket, key)
        return { ...info(`${bucket}/${key}`, body), body: Readable.from([body]) }
      }),
    async put(_as, bucket, key, body, { within } = {}) {
      const bytes = body instanceof Uint8Array ? Buffer.from(body) : await buffer(body)
      const path = `${bucket}/${key}`
      return step('put object', async () => {
        if (within) await store.transaction(within)
        content.set(path, bytes)
        writes.set(path, (writes.get(path) ?? 0) + 1)
        return info(path, bytes)
      })
    },
    checkWritable: () => step('check bucket', async () => {}),
    materialize: () => Promise.reject(new Error('files are not simulated')),
    hold: () => Promise.reject(new Error('escrow is not simulated')),
    openHeld: () => Promise.reject(new Error('escrow is not simulated')),
    release: async () => {},
  }
}

/** Images that are named by the program they run. */
export const namedImages = (step: Step): Images => ({
  resolve: async (_as, _region, uri) => ({
    ...{ digest: uri, namedDigest: uri, registryAccount: worker.account, repository: uri, sizeBytes: 1 },
  }),
  source: digest =>
    step('read image', async () => ({ digest, config: { size: 0 } as ImageSource['config'], layers: [] })),
  hold: async () => {},
  release: async () => {},
})

/** Blocks the images that are named. */
export const judgingScanner = (blocked: ReadonlySet<string>, step: Step): Scanner => ({
  prepare() {},
  scan: digest =>
    step('scan', async () => ({
      ...{ packages: [], unread: [], policy: 'simulated' },
      ...(blocked.has(digest) && { blocked: `${digest} is blocked` }),
    })),
})

/** Finds nothing. */
export const layerScanner = (step: Step): ImageScanner => ({
  scan: () => step('scan image', async () => ({ findings: [], sourceUpdatedAt: new Date(0) })),
})

/** Marks outlive every server, as a disk does. */
export const memoryWorkspace = (marks: Map<string, Set<string>>, step: Step): Workspace => ({
  mark: (arn, part) => step('mark', async () => void marks.set(arn, (marks.get(arn) ?? new Set()).add(part))),
  marks: arn => step('read marks', async () => new Set(marks.get(arn))),
  remove: arn => step('remove files', async () => void marks.delete(arn)),
  removeStrays: async () => [],
})
