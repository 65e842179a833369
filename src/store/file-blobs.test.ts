import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, it } from 'node:test'
import { promisify } from 'node:util'
import { collect, reference, release } from './blob-references.ts'
import { blobSuite } from './blob-suite.ts'
import { openFileBlobs } from './file-blobs.ts'
import { openTestStore } from './store.fixture.ts'

const run = promisify(execFile)
const root = await mkdtemp(join(tmpdir(), 'file-blobs-'))
after(() => rm(root, { recursive: true, force: true }))
const directory = () => mkdtemp(join(root, 'blobs-'))
const pathOf = (blobs: string, digest: string) => join(blobs, 'sha256', digest.slice(7, 9), digest.slice(9))

blobSuite('files', async () => openFileBlobs(await directory()))

it('serves nothing that is not what was put, whole or in part', async () => {
  const where = await directory()
  const blobs = await openFileBlobs(where)
  for (const size of [1, 5000, 256 << 10, 600_000, 1_500_000]) {
    const content = randomBytes(size)
    const { digest } = await blobs.put(Readable.from([content.subarray(0, size >> 1), content.subarray(size >> 1)]))
    const path = pathOf(where, digest)
    const at = size >> 1
    await damage(path, at)
    let received = 0
    const reading = (async () => {
      for await (const chunk of blobs.open(digest)) {
        assert.deepEqual(chunk, content.subarray(received, received + chunk.length))
        received += chunk.length
      }
    })()
    await assert.rejects(reading, { code: 'BlobCorrupt' }, `${size} bytes`)
    assert.ok(received <= at)
    for (const readOnly of [true, false])
      await assert.rejects(blobs.materialize(digest, join(where, 'file'), readOnly), { code: 'BlobCorrupt' })
    const hit = { start: at, end: at }
    await assert.rejects(buffer(blobs.open(digest, hit)), { code: 'BlobCorrupt' })
    if (size > 512 << 10) {
      const clear = { start: 10, end: 20 }
      assert.deepEqual(await buffer(blobs.open(digest, clear)), content.subarray(10, 21))
      await rm(`${path}.sums`)
      await assert.rejects(buffer(blobs.open(digest, clear)), { code: 'BlobCorrupt' }, 'without sums')
    }
    await writeFile(path, content.subarray(0, -1))
    await assert.rejects(buffer(blobs.open(digest)), { code: 'BlobCorrupt' }, 'cut off')
    await blobs.put(content)
    assert.deepEqual(await buffer(blobs.open(digest)), content, 'putting it again heals it')
  }
})

it('closes its directories to everybody else, and makes no more of them than it needs', async () => {
  const where = await directory()
  await openFileBlobs(where)
  const modeOf = async (name: string) => (await stat(join(where, name))).mode & 0o777
  for (const name of ['incoming', 'sha256', 'sha256/00', 'sha256/ff']) assert.equal(await modeOf(name), 0o700, name)
  const made = await readdir(join(where, 'sha256'))
  assert.equal(made.length, 256)
  assert.ok(made.every(name => /^[0-9a-f]{2}$/.test(name)))
})

it('makes a copy that its owner may write, and a read-only file that nobody may', async () => {
  const where = await directory()
  const blobs = await openFileBlobs(where)
  const { digest } = await blobs.put(Buffer.from('content'))
  for (const [readOnly, mode] of [
    [false, 0o644],
    [true, 0o444],
  ] as const) {
    const path = join(where, `copy-${mode}`)
    await blobs.materialize(digest, path, readOnly)
    assert.equal((await stat(path)).mode & 0o777, mode)
  }
})

it('copies a read-only file to another file system, which no link leads to, and tells where there is no place for it', async t => {
  const where = await directory()
  const blobs = await openFileBlobs(where)
  const { digest } = await blobs.put(Buffer.from('content'))
  await assert.rejects(blobs.materialize(digest, join(where, 'no-such', 'file'), true), { code: 'NoSuchBlob' })
  await writeFile(join(where, 'taken'), 'mine')
  await assert.rejects(blobs.materialize(digest, join(where, 'taken'), true), { code: 'EEXIST' })
  assert.equal(await readFile(join(where, 'taken'), 'utf8'), 'mine')
  const memory = await stat('/dev/shm').catch(() => undefined)
  if (!memory || memory.dev === (await stat(where)).dev) return t.skip('there is one file system alone')
  const elsewhere = await mkdtemp('/dev/shm/file-blobs-')
  after(() => rm(elsewhere, { recursive: true }))
  await blobs.materialize(digest, join(elsewhere, 'file'), true)
  assert.equal(await readFile(join(elsewhere, 'file'), 'utf8'), 'content')
})

it('keeps what is exactly as old as the condition says, and is told the same by two who remove at once', async () => {
  const where = await directory()
  const blobs = await openFileBlobs(where)
  const { digest } = await blobs.put(Buffer.from('content'))
  const made = new Date('2026-11-20T12:00:00Z')
  await utimes(pathOf(where, digest), made, made)
  assert.equal(await blobs.remove(digest, { ifOlderThan: made }), false)
  assert.ok(await blobs.has(digest))
  assert.deepEqual(await Promise.all([blobs.remove(digest), blobs.remove(digest)]), [true, true])
  assert.equal(await blobs.has(digest), false)
})

it('keeps what is put while it is collected as old', async () => {
  const where = await directory()
  const blobs = await openFileBlobs(where)
  const content = Buffer.from('old, and put again')
  const { digest } = await blobs.put(content)
  const old = new Date('2026-11-20T12:00:00Z')
  for (let round = 0; round < 40; round++) {
    await utimes(pathOf(where, digest), old, old)
    const putting = blobs.put(content)
    // One after the other, as the collector does: more at once would keep the put waiting.
    for (let n = 0; n < round % 10; n++) await blobs.remove(digest, { ifOlderThan: new Date(old.getTime() + 1) })
    await putting
    assert.ok(await blobs.has(digest), `round ${round}`)
  }
})

it('collects what was put twice at once', async () => {
  const blobs = await openFileBlobs(await directory())
  const content = Buffer.from('content')
  const [{ digest }] = await Promise.all([blobs.put(content), blobs.put(content), blobs.put(content)])
  assert.equal(await blobs.remove(digest, { ifOlderThan: new Date(Date.now() + 60_000) }), true)
})

it('reads by bytes, so that no more of a blob than a block waits for a slow reader', async () => {
  const blobs = await openFileBlobs(await directory())
  const { digest } = await blobs.put(Buffer.from('content'))
  const reading = blobs.open(digest)
  assert.equal(reading.readableObjectMode, false)
  assert.equal(await buffer(reading).then(String), 'content')
})

/** Flips a bit. */
async function damage(path: string, position: number): Promise<void> {
  await chmod(path, 0o644)
  await using file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, position)
  await file.write(Buffer.of((byte[0] as number) ^ 4), 0, 1, position)
}

it('leaves nothing of what it removes', async () => {
  const where = await directory()
  const blobs = await openFileBlobs(where)
  const { digest } = await blobs.put(randomBytes(600_000))
  assert.equal(await blobs.remove(digest), true)
  assert.deepEqual(await readdir(join(where, 'sha256', digest.slice(7, 9))), [])
})

it('shares the file of a read-only copy and follows no link', async () => {
  const where = await directory()
  const blobs = await openFileBlobs(where)
  const { digest } = await blobs.put(randomBytes(100))
  const shared = join(where, 'shared')
  await blobs.materialize(digest, shared, true)
  assert.equal((await stat(shared)).ino, (await stat(pathOf(where, digest))).ino)
  await rm(pathOf(where, digest))
  await symlink('/etc/hostname', pathOf(where, digest))
  await assert.rejects(buffer(blobs.open(digest)), { code: 'ELOOP' })
})

it('sweeps at open what an earlier process was writing', async () => {
  const where = await directory()
  await mkdir(join(where, 'incoming'))
  await writeFile(join(where, 'incoming', 'left'), 'over')
  await openFileBlobs(where)
  assert.deepEqual(await readdir(join(where, 'incoming')), [])
})

it('a guest, as `modelmart verify` is, leaves alone what the server is writing', async () => {
  const where = await directory()
  await openFileBlobs(where)
  const incoming = join(where, 'incoming', 'upload')
  await writeFile(incoming, 'half')
  await openFileBlobs(where, { guest: true })
  assert.equal(await readFile(incoming, 'utf8'), 'half')
})

it('leaves nothing when the disk is full, and goes on', async t => {
  const where = await directory()
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', where]).then(
    () => true,
    () => false,
  )
  if (!mounted) return t.skip('this user may not mount a small filesystem')
  try {
    const blobs = await openFileBlobs(where)
    await assert.rejects(blobs.put(Readable.from([randomBytes(700_000), randomBytes(700_000)])), { code: 'ENOSPC' })
    assert.deepEqual(await readdir(join(where, 'incoming')), [])
    const small = randomBytes(10_000)
    const { digest } = await blobs.put(small)
    assert.deepEqual(await buffer(blobs.open(digest)), small)
  } finally {
    await run('umount', [where])
  }
})

it('keeps everything it acknowledged when the process is killed', async () => {
  const where = await directory()
  for (let round = 0; round < 4; round++) {
    const acknowledged = await writeUntilKilled(where, 60 + 90 * round)
    assert.ok(acknowledged.length > 0)
    const blobs = await openFileBlobs(where)
    assert.deepEqual(await readdir(join(where, 'incoming')), [])
    for (const digest of acknowledged) {
      const content = await buffer(blobs.open(digest))
      assert.equal(`sha256:${createHash('sha256').update(content).digest('hex')}`, digest)
    }
    for await (const blob of blobs.list()) await buffer(blobs.open(blob.digest))
  }
})

/** Random writes by eight writers in a process of its own; the digests it told us before SIGKILL, `delay` ms after the first. */
async function writeUntilKilled(where: string, delay: number): Promise<string[]> {
  const program = `
    import { randomBytes, randomInt } from 'node:crypto'
    import { openFileBlobs } from ${JSON.stringify(new URL('./file-blobs.ts', import.meta.url).href)}
    const blobs = await openFileBlobs(${JSON.stringify(where)})
    const write = async () => {
      for (;;) console.log((await blobs.put(randomBytes(randomInt(3) ? randomInt(9000) : randomInt(3e6)))).digest)
    }
    await Promise.all(Array.from({ length: 8 }, write))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const digests: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (digests.length === 0) setTimeout(() => child.kill('SIGKILL'), delay)
    if (line.length === 71) digests.push(line)
  }
  return digests
}

it('collects what nobody holds, after the grace', async () => {
  const blobs = await openFileBlobs(await directory())
  const store = await openTestStore()
  const put = async () => (await blobs.put(randomBytes(1000))).digest
  const [held, twice, gone, fresh] = [await put(), await put(), await put(), await put()]
  await reference(store.db, held, 's3:a')
  await reference(store.db, twice, 's3:a')
  await reference(store.db, twice, 'ecr:b')
  await reference(store.db, gone, 'ecr:b')
  const past = new Date(Date.now() - 60_000)
  const future = () => new Date(Date.now() + 60_000)
  assert.deepEqual(await collect(store, blobs, { olderThan: past }), { removed: 0, bytes: 0 })
  await release(store.db, 'ecr:b')
  assert.deepEqual(await collect(store, blobs, { olderThan: past }), { removed: 0, bytes: 0 }, 'in the grace')
  await reference(store.db, fresh, 's3:c')
  assert.deepEqual(await collect(store, blobs, { olderThan: future() }), { removed: 1, bytes: 1000 })
  assert.deepEqual(await Promise.all([held, twice, gone, fresh].map(blobs.has)), [true, true, false, true])
  await release(store.db, 's3:a', held)
  await reference(store.db, held, 's3:a')
  await release(store.db, 's3:a', twice)
  assert.equal((await collect(store, blobs, { olderThan: future() })).removed, 1)
  assert.deepEqual(await Promise.all([held, twice].map(blobs.has)), [true, false])
  await store.close()
})
