import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openBlobCache } from './blob-cache.ts'
import { collect } from './blob-references.ts'
import type { BlobStore } from './blobs.ts'
import { type BucketEntry, openBucket } from './bucket.ts'
import { noMarks } from './bucket-marks.ts'
import { keyOf, openBucketReader } from './bucket-reader.ts'
import { createS3Blobs } from './s3-blobs.ts'
import { openTestStore } from './store.fixture.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

let answer: Answer = () => {}
const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`)
  request.resume()
  response.on('error', () => {})
  answer(request, response)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
after(() => {
  server.close()
  server.closeAllConnections()
})
const { port } = server.address() as AddressInfo
const place = { bucket: 'content', prefix: 'ours/', endpoint: `http://127.0.0.1:${port}`, region: 'r', pathStyle: true }
const keys = { accessKeyId: 'AKIA', secretAccessKey: 'secret' }
const bucket = openBucket({ place, keys, idleMs: 300, tries: 1 })
after(bucket.close)

async function listed(): Promise<BucketEntry[]> {
  const found: BucketEntry[] = []
  for await (const entry of bucket.list('')) found.push(entry)
  return found
}
const large = 17 * 1024 ** 2
const send = () => bucket.send('key', large, async (start, end) => new Uint8Array(end - start + 1))
const abort = () => bucket.abortUploads(new Date())
const failsWith = (reason: RegExp) => ({ code: 'BucketError', message: reason })

/** So many spaces at a time, as long as somebody reads. */
const endless =
  (head: object): Answer =>
  (_, response) => {
    response.writeHead(200, { ...head })
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
      response.once('drain', more)
    }
    more()
  }

/** A byte now and then, so that no connection is ever idle. */
const dripping =
  (head: object): Answer =>
  (_, response) => {
    response.writeHead(200, { ...head })
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  }

const says =
  (text: string): Answer =>
  (_, response) =>
    response.end(text)

const object = (key: string, modified = '<LastModified>2020-01-01T00:00:00.000Z</LastModified>') =>
  `<Contents><Key>${key}</Key><Size>3</Size>${modified}</Contents>`
const page = (token: string, ...objects: string[]) =>
  `<ListBucketResult><IsTruncated>${token !== ''}</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>${objects.join('')}</ListBucketResult>`
const upload = (key: string) =>
  `<Upload><Key>${key}</Key><UploadId>u</UploadId><Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>`

test('what answers 200 to anything is no bucket: nothing counts as kept, as there or as listed', async () => {
  answer = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>')
  await assert.rejects(bucket.put('key', Buffer.from('x')), failsWith(/NoETag/))
  await assert.rejects(bucket.has('key'), failsWith(/NoETag/))
  await assert.rejects(
    bucket.send('key', 1, async () => Buffer.from('x')),
    failsWith(/NoETag/),
  )
  await assert.rejects(send(), failsWith(/NoUploadId/))
  await assert.rejects(listed(), failsWith(/NoList/))
  await assert.rejects(abort(), failsWith(/NoList/))
})

test('an upload whose end is a 200 with an error in it, or with nothing, has failed', async () => {
  for (const [end, reason] of [
    ['<Error><Code>InternalError</Code><Message>no</Message></Error>', /InternalError/],
    ['<CompleteMultipartUploadResult></CompleteMultipartUploadResult>', /NoETag/],
  ] as const) {
    answer = ({ method, url = '' }, response) => {
      if (method === 'PUT') response.setHeader('etag', '"x"')
      if (method === 'DELETE') response.statusCode = 204
      const begun = url.includes('uploads') ? '<R><UploadId>u</UploadId></R>' : end
      response.end(method === 'POST' ? `<?xml version="1.0"?>\n${begun}` : '')
    }
    await assert.rejects(send(), failsWith(reason))
  }
})

test('a list without an end, of others’ keys or of objects without a time is not gone along with', async () => {
  answer = says(page('again', object('ours/a')))
  await assert.rejects(listed(), failsWith(/NoList/))
  answer = says(page('', object('ours/a'), object('theirs/b'), object('ours/c', '')))
  assert.deepEqual(
    (await listed()).map(({ key }) => key),
    ['a'],
  )
  answer = ({ method }, response) =>
    response.end(method === 'GET' ? `<R><IsTruncated>true</IsTruncated>${upload('theirs/b')}</R>` : '')
  asked.length = 0
  await assert.rejects(abort(), failsWith(/NoList/))
  assert.deepEqual(
    asked.filter(line => line.startsWith('DELETE')),
    [],
  )
})

test('an answer that grows or drips without an end is given up', async () => {
  answer = endless({})
  await assert.rejects(listed(), failsWith(/more than 8388608 bytes/))
  answer = dripping({})
  await assert.rejects(listed(), failsWith(/took longer than 600 ms/))
  answer = (request, response) => endless({ etag: '"x"' })(request, response)
  await assert.rejects(bucket.put('key', Buffer.from('x')), failsWith(/more than 8388608 bytes/))
})

test('a list that is a bomb or deeper than a stack fails or says nothing', async () => {
  const names = 'abcdefghij'.split('')
  const entities = names.map((name, at) => `<!ENTITY ${name} "${at ? `&${names[at - 1]};`.repeat(20) : 'aaaa'}">`)
  answer = says(`<!DOCTYPE x [${entities.join('')}]>${page('', object('ours/&j;'))}`)
  const found = await listed().catch(() => [])
  assert.ok(found.every(({ key }) => key.length < 100))
  answer = says('<a>'.repeat(500_000))
  await assert.rejects(listed(), { code: 'BucketError' })
})

test('content is what was asked for, with its length, or an error; nobody is sent elsewhere', async () => {
  const ranged =
    (range: string, length: number | undefined): Answer =>
    (_, response) => {
      response.writeHead(206, { 'content-range': range, ...(length !== undefined && { 'content-length': length }) })
      response.end('abcd')
    }
  const part = () => bucket.read('key', { start: 4, end: 7 })
  for (const wrong of [
    ranged('bytes 0-3/9', 4),
    ranged('bytes 4-7/*', 4),
    ranged('bytes 4-6/9', 4),
    ranged('bytes 4-7/9', undefined),
    says('abcd'),
  ]) {
    answer = wrong
    await assert.rejects(part(), failsWith(/NoContentRange/))
  }
  answer = ranged('bytes 4-7/9', 4)
  const found = await part()
  assert.ok(found && found !== 'beyond' && found.size === 9)
  found.body.destroy()
  answer = endless({})
  await assert.rejects(bucket.read('key'), failsWith(/NoContentRange/), 'of no length')
  for (const code of [301, 302, 307]) {
    asked.length = 0
    answer = (_, response) => response.writeHead(code, { location: `${place.endpoint}/elsewhere` }).end()
    await assert.rejects(bucket.read('key'), { code: 'BucketError' })
    assert.equal(asked.length, 1, `${code}: ${asked}`)
  }
})

test('a block that does not come in its time is asked for again, and then told', async () => {
  answer = dripping({ 'content-length': 1000 })
  const hex = createHash('sha256').digest('hex')
  asked.length = 0
  const reader = await openBucketReader(bucket, hex, { start: 0, end: undefined }, 150)
  await assert.rejects(async () => reader?.block(0), failsWith(/no block within 150 ms/))
  assert.equal(asked.filter(line => line.includes(keyOf(hex))).length, 3)
})

test('content that is said to be larger than the disk is not brought', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-hostile-'))
  after(() => rm(directory, { recursive: true }))
  const cache = await openBlobCache(directory, 1024 ** 2)
  const blobs = createS3Blobs({ bucket, marks: noMarks, cache })
  const digest = `sha256:${createHash('sha256').digest('hex')}`
  answer = endless({ 'content-length': 2 ** 52 })
  await assert.rejects(blobs.materialize(digest, join(directory, 'file'), true), { code: 'ENOSPC' })
  await assert.rejects(buffer(blobs.open(digest)), { code: 'ENOSPC' })
  for await (const left of cache.files.list()) assert.fail(`${left.digest} is left`)
})

const reserved = 1024 ** 3

/** A cache of eight mebibytes in eight files, on a disk that has room for two more. */
async function openFullCache() {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-hostile-'))
  after(() => rm(directory, { recursive: true }))
  const used = async () => {
    const found = await readdir(directory, { recursive: true, withFileTypes: true })
    const files = found.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    return (await Promise.all(files.map(file => stat(file)))).reduce((sum, { size }) => sum + size, 0)
  }
  const cache = await openBlobCache(directory, 2 ** 40, false, async () => reserved + 10 * 2 ** 20 - (await used()))
  for (let n = 0; n < 8; n++)
    await cache.keeping(await cache.files.put(Readable.from([Buffer.alloc(2 ** 20, String(n))])), async () => {})
  // Content of the last second is somebody's.
  await sleep(1100)
  async function names(): Promise<number> {
    let count = 0
    for await (const _ of cache.files.list()) count++
    return count
  }
  const patient = openBucket({ place, keys, tries: 1 })
  after(patient.close)
  return { file: join(directory, 'file'), names, blobs: createS3Blobs({ bucket: patient, marks: noMarks, cache }) }
}

test('content that is said to be large, and of which little comes, or other content, takes the place of no more than came', async () => {
  const { blobs, file, names } = await openFullCache()
  const digest = `sha256:${createHash('sha256').digest('hex')}`
  const bytes = 9 * 2 ** 20
  const isSums = (request: IncomingMessage) => request.url?.includes('.sums')
  const answersWith = (body: (response: ServerResponse) => unknown): Answer => {
    return (request, response) => {
      if (isSums(request)) return response.writeHead(404).end()
      return body(response.writeHead(200, { 'content-length': bytes }))
    }
  }
  answer = answersWith(response => response.write(Buffer.alloc(2 ** 20), () => response.destroy()))
  await assert.rejects(blobs.materialize(digest, file, true))
  assert.equal(await names(), 8)
  // All of it comes, and is something else.
  answer = answersWith(response => response.end(Buffer.alloc(bytes)))
  await assert.rejects(blobs.materialize(digest, file, true), { code: 'BlobCorrupt' })
  const left = await names()
  assert.ok(left < 8, 'nothing has gone for what came')
  // What was there in its place stays so: each further lie takes nothing more.
  await assert.rejects(blobs.materialize(digest, file, true), { code: 'BlobCorrupt' })
  assert.equal(await names(), left)
})

test('content that cannot be removed keeps no other from it', async () => {
  const store = await openTestStore()
  after(store.close)
  const gone: string[] = []
  let swept = false
  const blobs = (stuck: number): Pick<BlobStore, 'list' | 'remove' | 'sweep'> => ({
    async *list() {
      for (let at = 0; at < 30; at++) yield { digest: `sha256:${at}`, size: 1, modified: new Date(0) }
    },
    async remove(digest) {
      if (Number(digest.slice(7)) < stuck) throw new Error(`${digest} stays`)
      gone.push(digest)
      return true
    },
    async sweep() {
      swept = true
    },
  })
  const sweep = (stuck: number) => collect(store, blobs(stuck) as BlobStore, { olderThan: new Date(1) })
  await assert.rejects(sweep(9), /sha256:0 stays/)
  assert.deepEqual([gone.length, swept], [21, true])
  gone.length = 0
  await assert.rejects(sweep(30), /sha256:9 stays/, 'ten are enough')
})
