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
const repositoryUrl = `http://${repository?.repositoryUri?.replace('/', '/v2/')}`
const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const smallestPart = 5 << 20

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
/** Manifests by their tag. */
const images = new Map<string, string>()

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
    const content = { name, size: smallestPart + anySize() }
    const bytes = bytesOf(content)
    const { UploadId } = await s3.createMultipartUpload({ Bucket, Key })
    const Parts = await Promise.all(
      [bytes.subarray(0, smallestPart), bytes.subarray(smallestPart)].map(async (Body, index) => {
        const PartNumber = index + 1
        const { ETag } = await s3.uploadPart({ Bucket, Key, UploadId, PartNumber, Body })
        return { PartNumber, ETag }
      }),
    )
    await replace(Key, content, () => s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
  },
  async () => void layers.add(await pushLayer(randomBytes(anySize()))),
  async (_, name) => {
    const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: {}, name }))
    const layer = randomBytes(anySize())
    const described = async (kind: string, content: Buffer) => ({
      mediaType: `application/vnd.oci.image.${kind}`,
      digest: await pushLayer(content),
      size: content.length,
    })
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: await described('config.v1+json', config),
      layers: [await described('layer.v1.tar', layer)],
    })
    const headers = { authorization, 'content-type': manifestType }
    const { status } = await fetch(`${repositoryUrl}/manifests/${name}`, { method: 'PUT', body: manifest, headers })
    assert.equal(status, 201)
    images.set(name, manifest)
  },
]

async function pushLayer(body: Buffer): Promise<string> {
  const digest = `sha256:${hash('sha256', body)}`
  const url = `${repositoryUrl}/blobs/uploads/`
  const begun = await fetch(url, { method: 'POST', headers: { authorization } })
  assert.equal(begun.status, 202)
  const location = new URL(begun.headers.get('location') ?? '', url)
  const half = body.length >> 1
  const headers = { authorization, 'content-range': `0-${half - 1}` }
  if (half > 0) {
    const sent = await fetch(location, { method: 'PATCH', body: body.subarray(0, half), headers })
    assert.equal(sent.status, 202)
  }
  location.searchParams.set('digest', digest)
  const { status } = await fetch(location, { method: 'PUT', body: body.subarray(half), headers: { authorization } })
  assert.equal(status, 201)
  return digest
}

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
    const answer = await fetch(`${repositoryUrl}/blobs/${digest}`, { headers: { authorization } })
    assert.equal(answer.status, 200, digest)
    assert.equal(`sha256:${hash('sha256', Buffer.from(await answer.arrayBuffer()))}`, digest)
  }
  for (const [tag, manifest] of images) {
    const headers = { authorization, accept: manifestType }
    const answer = await fetch(`${repositoryUrl}/manifests/${tag}`, { headers })
    assert.equal(await answer.text(), manifest)
    for (const { digest } of JSON.parse(manifest).layers) layers.add(digest)
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
  assert.ok(objects.size >= writers && layers.size > 0 && images.size > 0, 'too little was written to tell')
})
