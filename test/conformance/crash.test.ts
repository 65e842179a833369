import assert from 'node:assert/strict'
import { hash, randomBytes, randomInt } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { S3 } from '@aws-sdk/client-s3'
import { region } from '../../demo/clients.ts'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { openInstallation } from './installation.ts'

const installation = await openInstallation()
after(installation.close)
const { server, credentials, ecr } = installation
const writes = 200
const kills = 4
const writers = 8
const Bucket = 'crash'
// Each write is sent once: a retry would hide that one was lost.
const s3 = new S3({ endpoint: server.url, region, credentials, forcePathStyle: true, maxAttempts: 1 })
await s3.createBucket({ Bucket })
const { repository } = await ecr.createRepository({ repositoryName: 'crash' })
const { authorizationData } = await ecr.getAuthorizationToken({})
const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`
const registry = `http://${repository?.repositoryUri?.replace('/', '/v2/')}/blobs`

/** A name over and over, so that it can be told from any other content and from any mix of two. */
interface Content {
  readonly name: string
  readonly size: number
}
const absent: Content = { name: '', size: 0 }
const bytesOf = ({ name, size }: Content): Buffer => Buffer.alloc(size, `${name};`)

/** What a key may hold: what was acknowledged last and, while its answer has not come, what was sent after it. */
interface Known {
  readonly acknowledged: Content
  readonly sent?: Content
}
const objects = new Map<string, Known>()
const layers = new Set<string>()

const sizes = [() => randomInt(1, 16_000), () => randomInt(16_000, 300_000), () => randomInt(1_000_000, 4_000_000)]
const anySize = (): number => sizes[randomInt(sizes.length)]?.() ?? 0

const source: Content = { name: 'source', size: 100_000 }
await s3.putObject({ Bucket, Key: 'source', Body: bytesOf(source) })

async function replace(Key: string, content: Content, send: () => Promise<unknown>): Promise<void> {
  const { acknowledged } = objects.get(Key) ?? { acknowledged: absent }
  objects.set(Key, { acknowledged, sent: content })
  await send()
  objects.set(Key, { acknowledged: content })
}

const put = (Key: string, name: string, more: object = {}) => {
  const content = { name, size: anySize() }
  return replace(Key, content, () => s3.putObject({ Bucket, Key, Body: bytesOf(content), ...more }))
}

/** Ways to write, as likely as they stand here. */
const ways: readonly ((Key: string, name: string) => Promise<void>)[] = [
  put,
  put,
  put,
  (Key, name) => put(Key, name, { ServerSideEncryption: 'AES256' }),
  Key => replace(Key, absent, () => s3.deleteObject({ Bucket, Key })),
  Key => replace(Key, source, () => s3.copyObject({ Bucket, Key, CopySource: `${Bucket}/source` })),
  async (Key, name) => {
    const content = { name, size: anySize() }
    const { UploadId } = await s3.createMultipartUpload({ Bucket, Key })
    const { ETag } = await s3.uploadPart({ Bucket, Key, UploadId, PartNumber: 1, Body: bytesOf(content) })
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
    await replace(Key, content, () => s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload }))
  },
  async () => {
    const body = randomBytes(anySize())
    const digest = `sha256:${hash('sha256', body)}`
    const { status } = await fetch(`${registry}/uploads/?digest=${digest}`, {
      ...{ method: 'POST', body, headers: { authorization } },
    })
    assert.equal(status, 201)
    layers.add(digest)
  },
]

let begun = 0

/** Writes until the server is killed or enough was written. */
async function writer(number: number, until: number): Promise<void> {
  while (begun < until) {
    const name = `write-${begun++}`
    const way = ways[randomInt(ways.length)] as (typeof ways)[number]
    await way(`${number}/${randomInt(3)}`, name)
  }
}

async function verify(): Promise<void> {
  for (const [Key, { acknowledged, sent }] of objects) {
    const found = await s3.getObject({ Bucket, Key }).then(
      async ({ Body }) => Buffer.from((await Body?.transformToByteArray()) ?? []),
      error => assert.equal(error.name, 'NoSuchKey') ?? Buffer.alloc(0),
    )
    const held = [acknowledged, sent].find(content => content && bytesOf(content).equals(found))
    assert.ok(held, `${Key} has ${found.length} bytes and is neither ${acknowledged.name} nor ${sent?.name}`)
    objects.set(Key, { acknowledged: held })
  }
  for (const digest of layers) {
    const answer = await fetch(`${registry}/${digest}`, { headers: { authorization } })
    assert.equal(answer.status, 200, digest)
    assert.equal(`sha256:${hash('sha256', Buffer.from(await answer.arrayBuffer()))}`, digest)
  }
}

it(`has all that was acknowledged of ${writes} writes, byte for byte, after ${kills} kills of the server`, async () => {
  for (let kill = 1; kill <= kills; kill++) {
    const until = (writes / kills) * kill
    const running = Array.from({ length: writers }, (_, number) => writer(number, until))
    const ended = Promise.allSettled(running)
    while (begun < until) await sleep(1)
    // The last writes are under way: the moment within them is random.
    await sleep(randomInt(15))
    await server.crash()
    for (const outcome of await ended)
      if (outcome.status === 'rejected') assert.match(String(outcome.reason), /ECONN|socket hang up|fetch failed/)
    const { blobs } = dataDirectory(server.data)
    assert.deepEqual(await readdir(join(blobs, 'incoming')), [], 'a start leaves what a kill left')
    await verify()
  }
  assert.ok(objects.size >= writers && layers.size > 0, 'too little was written to tell')
})
