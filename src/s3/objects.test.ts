import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, it } from 'node:test'
import { collect } from '../store/blob-references.ts'
import { openS3Fixture } from './s3.fixture.ts'

const house = await openS3Fixture()
const scratch = await mkdtemp(join(tmpdir(), 'objects-'))
after(async () => {
  await house.close()
  await rm(scratch, { recursive: true, force: true })
})
const { objects, owner } = house
const as = owner.principal
const stranger = await house.openAccount('stranger')
const bucket = 'jobs'
await owner.ask('CreateBucket', { Bucket: bucket })

it('puts, heads, gets and lists as the principal', async () => {
  const body = randomBytes(50_000)
  const info = await objects.put(as, bucket, 'out/model.tar.gz', Readable.from([body]), {
    contentType: 'application/x-tar',
  })
  assert.equal(info.size, body.length)
  assert.deepEqual(await objects.head(as, bucket, 'out/model.tar.gz'), info)
  assert.ok((await buffer((await objects.get(as, bucket, 'out/model.tar.gz')).body)).equals(body))
  const ranged = await objects.get(as, bucket, 'out/model.tar.gz', { start: 10, end: 19 })
  assert.ok((await buffer(ranged.body)).equals(body.subarray(10, 20)))
  for (let index = 0; index < 1005; index++)
    await objects.put(as, bucket, `many/${String(index).padStart(4, '0')}`, Buffer.from('x'))
  const keys: string[] = []
  for await (const { key } of objects.list(as, bucket, 'many/')) keys.push(key)
  assert.deepEqual([keys.length, keys[0], keys.at(-1)], [1005, 'many/0000', 'many/1004'])
})

it('ends what it was to read when it is refused', async () => {
  for (const [who, name] of [
    [stranger.principal, bucket],
    [as, 'no-such-bucket'],
  ] as const) {
    const body = Readable.from(['x'])
    await assert.rejects(objects.put(who, name, 'k', body))
    assert.ok(body.destroyed)
  }
})

it('names the object in its errors and reveals nothing to strangers', async () => {
  await assert.rejects(objects.head(as, bucket, 'absent'), { code: 'NoSuchKey', message: /s3:\/\/jobs\/absent/ })
  await assert.rejects(objects.get(as, 'no-such-bucket', 'k'), {
    code: 'NoSuchBucket',
    message: /s3:\/\/no-such-bucket\/k/,
  })
  await assert.rejects(objects.head(stranger.principal, bucket, 'absent'), {
    code: 'AccessDenied',
    message: /s3:\/\/jobs\/absent/,
  })
  await assert.rejects(objects.put(stranger.principal, bucket, 'k', Buffer.from('x')), { code: 'AccessDenied' })
  await assert.rejects(objects.checkWritable(stranger.principal, bucket, 'out/'), { code: 'AccessDenied' })
  await assert.rejects(objects.checkWritable(as, 'no-such-bucket', 'out/'), { code: 'NoSuchBucket' })
  await objects.checkWritable(as, bucket, 'out/')
  await assert.rejects(objects.put(as, bucket, 'k', Buffer.from('x'), { kmsKeyId: 'alias/absent' }), {
    code: 'KMS.NotFoundException',
  })
  await assert.rejects(
    async () => {
      for await (const _ of objects.list(stranger.principal, bucket, '')) assert.fail()
    },
    { code: 'AccessDenied' },
  )
})

it('materializes large objects as links and small or encrypted ones as files', async () => {
  const large = randomBytes(100_000)
  await objects.put(as, bucket, 'large', large)
  await objects.put(as, bucket, 'small', Buffer.from('small'))
  await owner.ask('PutObject', { Bucket: bucket, Key: 'secret', Body: large, ServerSideEncryption: 'AES256' })
  for (const [key, content, links] of [
    ['large', large, 2],
    ['small', Buffer.from('small'), 1],
    ['secret', large, 1],
  ] as const) {
    const path = join(scratch, key)
    await objects.materialize(as, bucket, key, path)
    assert.ok((await readFile(path)).equals(content))
    assert.equal((await stat(path)).nlink, links, key)
  }
})

it('holds content beyond its object, until it is released', async () => {
  for (const size of [10, 100_000]) {
    const body = randomBytes(size)
    await objects.put(as, bucket, 'escrowed', body)
    const name = await objects.hold(as, bucket, 'escrowed', 'escrow:p')
    await assert.rejects(objects.hold(stranger.principal, bucket, 'escrowed', 'escrow:x'), { code: 'AccessDenied' })
    await owner.ask('DeleteObject', { Bucket: bucket, Key: 'escrowed' })
    await collect(house.store, house.blobs, { olderThan: new Date(Date.now() + 60_000) })
    const held = await objects.openHeld(name)
    assert.equal(held.size, size)
    assert.ok((await buffer(held.body)).equals(body))
    await objects.release('escrow:p')
    await assert.rejects(objects.openHeld(name), { code: 'NoSuchKey' })
  }
})

it('holds content under a key of its own, whatever becomes of the key that it came under', async () => {
  const word = `held-${randomBytes(16).toString('hex')}`
  await objects.put(as, bucket, 'keyed', Buffer.from(word), { kmsKeyId: 'alias/aws/s3' })
  const names = [
    await objects.hold(as, bucket, 'keyed', 'escrow:k'),
    await objects.hold(as, bucket, 'keyed', 'escrow:k'),
  ]
  await house.store.db.updateTable('kms_key').set({ state: 'Disabled' }).where('account', '=', as.account).execute()
  await assert.rejects(objects.get(as, bucket, 'keyed'), /Disabled/)
  for (const name of names) assert.equal((await buffer((await objects.openHeld(name)).body)).toString(), word)
  const rows = await house.store.db.selectFrom('s3_held').selectAll().where('owner', '=', 'escrow:k').execute()
  assert.equal(new Set(rows.map(row => JSON.parse(row.encryption).wrapped)).size, 2)
  for (const { digest } of rows)
    assert.ok(!(await buffer(house.blobs.open(digest))).includes(word), 'the content lies in the clear')
})
