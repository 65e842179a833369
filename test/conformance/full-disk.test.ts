import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { hash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { promisify } from 'node:util'
import { ECR } from '@aws-sdk/client-ecr'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { clientsFor, region } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { testServer } from '../../src/store/own-database.fixture.ts'
import { until } from '../e2e/until.ts'

const run = promisify(execFile)
const mebibyte = 1024 * 1024
const place = await mkdtemp(join(tmpdir(), 'modelmart-full-disk-'))
const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=192m', 'tmpfs', place]).then(
  () => true,
  () => false,
)
let server: ServerProcess | undefined
after(async () => {
  await server?.stop()
  if (mounted) await run('umount', [place])
  await rm(place, { recursive: true, force: true })
})

/** It takes a slice a second, in the middle of what is written here. */
const hasItsRoom = () =>
  until(
    'the server has kept its room',
    () => readdir(dataDirectory(place).reserve),
    kept => kept.length === 8,
  )

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
  await hasItsRoom()
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

const health = async () => (await fetch(`${server?.url}/healthz`)).json() as Promise<Record<string, unknown>>

/** Until nothing is left that the server does not keep for itself, or gives up while others fill the disk. */
async function fillWholly(name: string): Promise<void> {
  for (let round = 0; round < 3; round++)
    await run('dd', ['if=/dev/zero', `of=${join(place, `rest-${name}-${round}`)}`, 'bs=4k']).catch(error =>
      assert.match(String(error), /No space/),
    )
}

for (const end of ['stop', 'crash'] as const)
  it(`starts on a disk that is wholly full after a ${end}: reads and deletions go on, and new things when there is room`, {
    skip,
  }, async () => {
    const account = await (server as ServerProcess).account(`starter-${end}`)
    const once = { endpoint: server?.url as string, region, credentials: account, maxAttempts: 1 }
    const [ecr, sagemaker, s3] = [new ECR(once), new SageMaker(once), new S3({ ...once, forcePathStyle: true })]
    const Bucket = `starts-${end}`
    await s3.createBucket({ Bucket })
    const Body = randomBytes(300_000)
    for (const Key of ['kept', 'given-up']) await s3.putObject({ Bucket, Key, Body })
    await sagemaker.createModelPackageGroup({ ModelPackageGroupName: 'group' })
    await hasItsRoom()
    await fillWholly(end)
    if (end === 'stop') await server?.stop()
    await server?.crash()

    assert.match(String((await health()).disk), /^The disk is full/)
    assert.equal((await health()).status, 'ok')
    const { Body: read } = await s3.getObject({ Bucket, Key: 'kept' })
    assert.ok(Body.equals(Buffer.from((await read?.transformToByteArray()) ?? [])))
    await s3.deleteObject({ Bucket, Key: 'given-up' })
    await assert.rejects(s3.getObject({ Bucket, Key: 'given-up' }), { name: 'NoSuchKey' })
    await sagemaker.deleteModelPackageGroup({ ModelPackageGroupName: 'group' })
    const full = /disk of this installation is full/
    await assert.rejects(s3.putObject({ Bucket, Key: 'new', Body }), { name: 'InternalError', message: full })
    await assert.rejects(s3.putObject({ Bucket, Key: 'new', Body: 'a few bytes' }), {
      name: 'InternalError',
      message: full,
    })
    const group = { ModelPackageGroupName: 'new' }
    await assert.rejects(sagemaker.createModelPackageGroup(group), { name: 'InternalFailure', message: full })
    await assert.rejects(ecr.createRepository({ repositoryName: 'new' }), { message: full })

    for (const name of await readdir(place)) if (name.startsWith('rest-')) await rm(join(place, name))
    await s3.putObject({ Bucket, Key: 'new', Body })
    await sagemaker.createModelPackageGroup(group)
    assert.equal((await health()).disk, 'ok')
  })

it('a directory that has no room of its own says what to do on a disk that is wholly full, and starts with 1 MiB', {
  skip,
}, async () => {
  const account = await (server as ServerProcess).account('without-room')
  const s3 = new S3({ endpoint: server?.url as string, region, credentials: account, forcePathStyle: true })
  await s3.createBucket({ Bucket: 'without-room' })
  await s3.putObject({ Bucket: 'without-room', Key: 'given-up', Body: randomBytes(300_000) })
  await server?.stop()
  await rm(dataDirectory(place).reserve, { recursive: true })
  const rest = join(place, 'rest-1')
  await writeFile(rest, Buffer.alloc(mebibyte))
  await fillWholly('all')
  const words = /^modelmart: The disk of \S+ is full, so that its database cannot be opened\. Make 1 MiB of room on it/
  const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
  // A command reads rows that are elsewhere without any room here.
  for (const command of [['start', '--port', '0'], ...(testServer ? [] : [['account', 'list']])])
    await assert.rejects(run(process.execPath, [program, ...command, '--data', place]), ({ code, stderr }) => {
      assert.equal(code, 1)
      assert.match(stderr.split('\n').at(-2), words)
      return true
    })
  await rm(rest)
  await server?.crash()
  assert.match(String((await health()).disk), /^The disk is full/)
  await s3.deleteObject({ Bucket: 'without-room', Key: 'given-up' })
})
