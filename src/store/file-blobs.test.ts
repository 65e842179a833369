import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
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
import { openSqliteStore } from './sqlite.ts'

const run = promisify(execFile)
const root = await mkdtemp(join(tmpdir(), 'file-blobs-'))
after(() => rm(root, { recursive: true, force: true }))
const directory = () => mkdtemp(join(root, 'blobs-'))
const pathOf = (blobs: string, digest: string) => join(blobs, 'sha256', digest.slice(7, 9), digest.slice(9))

blobSuite('files', async () => openFileBlobs(await directory()))

it('finds damage on disk when the blob is read whole, and withholds the end', async () => {
  const where = await directory()
  const blobs = await openFileBlobs(where)
  const content = randomBytes(600_000)
  const { digest } = await blobs.put(content)
  const path = pathOf(where, digest)
  await chmod(path, 0o644)
  await writeFile(path, 'x', { flag: 'r+' })
  let received = 0
  const reading = (async () => {
    for await (const chunk of blobs.open(digest)) received += chunk.length
  })()
  await assert.rejects(reading, { code: 'BlobCorrupt' })
  assert.ok(received < content.length)
  await writeFile(path, '')
  await assert.rejects(buffer(blobs.open(digest)), { code: 'BlobCorrupt' })
  await blobs.put(content)
  assert.deepEqual(await buffer(blobs.open(digest)), content, 'putting it again heals it')
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
  const store = await openSqliteStore(':memory:')
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
