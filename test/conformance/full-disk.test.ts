import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { hash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { promisify } from 'node:util'
import { S3 } from '@aws-sdk/client-s3'
import { clientsFor, region } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { dataDirectory } from '../../src/store/data-directory.ts'

const run = promisify(execFile)
const mebibyte = 1024 * 1024
const place = await mkdtemp(join(tmpdir(), 'modelmart-full-disk-'))
const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', place]).then(
  () => true,
  () => false,
)
let server: ServerProcess | undefined
after(async () => {
  await server?.stop()
  if (mounted) await run('umount', [place])
  await rm(place, { recursive: true, force: true })
})

const skip = mounted ? false : 'this user may not mount a small filesystem'

it('fails the writer alone when the disk is full, and goes on when it is not', { skip }, async () => {
  // The log is written by this process, which is to go on.
  await symlink('/dev/null', join(place, 'server.log'))
  server = await startServer({ data: place, engineSocket: 'unix:///nonexistent/engine.sock' })
  const account = await server.account('writer')
  const { ecr, credentials } = clientsFor(server.url, account)
  const s3 = new S3({ endpoint: server.url, region, credentials, forcePathStyle: true, maxAttempts: 1 })
  const Bucket = 'full'
  await s3.createBucket({ Bucket })
  const { repository } = await ecr.createRepository({ repositoryName: 'full' })
  const { authorizationData } = await ecr.getAuthorizationToken({})
  const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`
  const blobs = `http://${repository?.repositoryUri?.replace('/', '/v2/')}/blobs`

  const put = (Key: string, size: number) => {
    const Body = randomBytes(size)
    return s3.putObject({ Bucket, Key, Body }).then(() => Body)
  }
  const pushLayer = (body: Buffer) =>
    fetch(`${blobs}/uploads/?digest=sha256:${hash('sha256', body)}`, {
      ...{ method: 'POST', body, headers: { authorization } },
    })
  const kept = new Map<string, Buffer>()
  const keepsAll = async () => {
    for (const [Key, content] of kept) {
      const { Body } = await s3.getObject({ Bucket, Key })
      assert.ok(content.equals(Buffer.from((await Body?.transformToByteArray()) ?? [])), Key)
    }
  }
  const isFull = (error: Error) =>
    error.name === 'InternalError' && /disk of this installation is full/.test(error.message)

  for (const [Key, size] of [
    ['small', 100],
    ['large', 3 * mebibyte],
  ] as const)
    kept.set(Key, await put(Key, size))
  const filler = join(place, 'filler')
  const left = async () => {
    const { stdout } = await run('df', ['--output=avail', '-B1', place])
    return Number(stdout.split('\n')[1])
  }
  await writeFile(filler, Buffer.alloc((await left()) - 6 * mebibyte))
  const outcomes = await Promise.allSettled([put('too-large', 24 * mebibyte), put('beside', 1000)])
  const [failed, beside] = outcomes
  assert.ok(failed.status === 'rejected' && isFull(failed.reason), String(failed))
  if (beside.status === 'fulfilled') kept.set('beside', beside.value)
  const layer = randomBytes(24 * mebibyte)
  const refused = await pushLayer(layer)
  assert.equal(refused.status, 507)
  assert.match(await refused.text(), /disk of this installation is full/)
  assert.deepEqual(await readdir(join(dataDirectory(place).blobs, 'incoming')), [])
  await keepsAll()

  // Not even a row has room now, once the log's own file is used up.
  await run('dd', ['if=/dev/zero', `of=${join(place, 'rest')}`, 'bs=4k']).catch(error =>
    assert.match(String(error), /No space/),
  )
  const rows = 500
  const many = Array.from({ length: rows }, (_, number) => put(`row-${number}`, 60_000))
  for (const [number, outcome] of (await Promise.allSettled(many)).entries()) {
    if (outcome.status === 'fulfilled') kept.set(`row-${number}`, outcome.value)
    else assert.ok(isFull(outcome.reason), String(outcome.reason))
  }
  assert.ok(kept.size < rows, 'the disk took all that was written to it')
  await keepsAll()

  for (const name of ['filler', 'rest']) await rm(join(place, name))
  await assert.rejects(s3.getObject({ Bucket, Key: 'too-large' }), { name: 'NoSuchKey' })
  kept.set('too-large', await put('too-large', 24 * mebibyte))
  assert.equal((await pushLayer(layer)).status, 201)
  await keepsAll()
})
