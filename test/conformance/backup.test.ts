import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { region } from '../../demo/clients.ts'
import { type Credentials, startServer } from '../../demo/server-process.ts'
import { emptyDatabase, testServer } from '../../src/store/own-database.fixture.ts'

const run = promisify(execFile)
const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
const modelmart = async (...words: string[]) => (await run(process.execPath, [program, ...words])).stdout
const place = await mkdtemp(join(tmpdir(), 'modelmart-backup-'))

const data = join(place, 'data')
const backups = join(place, 'backups')
await mkdir(data)
const server = await startServer({ data, engineSocket: 'unix:///nobody' })
after(async () => {
  await server.stop()
  await rm(place, { recursive: true, force: true })
})
const credentials = await server.account('keeper')
const clientsOf = (url: string, credentials: Credentials) => {
  const settings = { endpoint: url, region, credentials }
  return { s3: new S3({ ...settings, forcePathStyle: true }), sagemaker: new SageMaker(settings) }
}
const { s3, sagemaker } = clientsOf(server.url, credentials)
const Bucket = 'kept'
await s3.createBucket({ Bucket })

/** The directory says where its rows are; an empty variable says nothing. */
const env = { MODELMART_DATABASE: '' }

const sha = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')
/** Rows hold the small ones, files the others, with sums of their blocks or without. */
const sizes = [10, 100_000, 900_000]

/** Puts, puts again and deletes, as fast as it can; each object says what it has to be. */
async function write(writer: number, ended: AbortSignal): Promise<number> {
  let writes = 0
  for (; !ended.aborted; writes++) {
    const Key = `${writer}/${writes % 7}`
    const Body = randomBytes(sizes[writes % sizes.length] as number)
    await s3.putObject({ Bucket, Key, Body, Metadata: { sha: sha(Body) } })
    if (writes % 5 === 4) await s3.deleteObject({ Bucket, Key })
  }
  return writes
}

/** A data directory with what a snapshot has. */
async function restored(name: string, snapshot: string): Promise<string> {
  const data = join(place, name)
  const more = testServer ? ['--database', await emptyDatabase(testServer)] : []
  await modelmart('restore', backups, '--snapshot', snapshot, '--data', data, ...more)
  return data
}

async function readEverything(client: S3): Promise<number> {
  const { Contents = [] } = await client.listObjectsV2({ Bucket })
  for (const { Key } of Contents) {
    const { Body, Metadata } = await client.getObject({ Bucket, Key })
    assert.equal(sha((await Body?.transformToByteArray()) ?? Buffer.of()), Metadata?.sha, Key)
  }
  return Contents.length
}

it('backups that are taken while everything is written are each whole, and serve', { timeout: 600_000 }, async () => {
  const ending = new AbortController()
  const writing = [1, 2, 3, 4].map(writer => write(writer, ending.signal))
  const taken: string[] = []
  for (let round = 0; round < 3; round++) taken.push(await modelmart('backup', backups, '--data', data))
  ending.abort()
  const writes = (await Promise.all(writing)).reduce((sum, some) => sum + some, 0)
  assert.ok(writes > 30, `${writes} writes only`)

  for (const [round, said] of taken.entries()) {
    const name = /^(\S+): \d+ rows of \d+ tables/.exec(said)?.[1] as string
    const data = await restored(`round-${round}`, name)
    assert.match(await modelmart('verify', '--data', data), /, 0 damaged\n$/)
    assert.match(await modelmart('audit', 'verify', '--data', data), /The security log is whole/)
    const again = await startServer({ data, engineSocket: 'unix:///nobody', env })
    const found = await readEverything(clientsOf(again.url, credentials).s3)
    await again.stop()
    if (round > 0) assert.ok(found > 0, 'the last rounds have objects')
  }
})

it('what is restored is what was there, and its sealed secrets open', { timeout: 300_000 }, async () => {
  await sagemaker.createModelPackageGroup({ ModelPackageGroupName: 'group', Tags: [{ Key: 'a', Value: 'ü' }] })
  const before = await s3.listObjectVersions({ Bucket })
  await modelmart('backup', backups, '--data', data)
  const said = await modelmart('backup', backups, '--data', data, '--keep', '1')
  assert.match(said, /of which 0 of 0 bytes are new\n\d+ older snapshots and \d+ blobs removed\n$/)
  const copy = await restored('copy', /^(\S+):/.exec(said)?.[1] as string)
  const again = await startServer({ data: copy, engineSocket: 'unix:///nobody', env })
  const clients = clientsOf(again.url, credentials)
  const { ModelPackageGroupArn } = await clients.sagemaker.describeModelPackageGroup({ ModelPackageGroupName: 'group' })
  assert.deepEqual((await clients.sagemaker.listTags({ ResourceArn: ModelPackageGroupArn })).Tags, [
    { Key: 'a', Value: 'ü' },
  ])
  assert.deepEqual((await clients.s3.listObjectVersions({ Bucket })).Versions, before.Versions)
  await readEverything(clients.s3)
  await again.stop()
})

it('a restore over an installation is refused, as is one of nothing', async () => {
  await assert.rejects(modelmart('restore', backups, '--data', data), /has an installation already/)
  const nowhere = join(place, 'nowhere')
  await assert.rejects(modelmart('restore', nowhere, '--data', join(place, 'new')), /has no snapshot/)
  await assert.rejects(modelmart('backup', nowhere, '--keep', '0', '--data', data), /whole number, 1 at least/)
})

it('content moves into a bucket by a restore, is served and kept there, and moves out again', {
  timeout: 300_000,
}, async () => {
  await s3.createBucket({ Bucket: 'content' })
  const objects = `s3://content/moved?endpoint=${server.url}`
  const keys = {
    MODELMART_OBJECTS_ACCESS_KEY: credentials.accessKeyId,
    MODELMART_OBJECTS_SECRET_KEY: credentials.secretAccessKey,
  }
  const withKeys = async (...words: string[]) =>
    (await run(process.execPath, [program, ...words], { env: { ...process.env, ...env, ...keys } })).stdout
  await modelmart('backup', backups, '--data', data)
  const moved = join(place, 'moved')
  const into = (name: string, ...more: string[]) => withKeys('restore', backups, '--data', join(place, name), ...more)
  const database = async () => (testServer ? ['--database', await emptyDatabase(testServer)] : [])
  await into('moved', '--objects', objects, ...(await database()))
  const again = await startServer({ data: moved, engineSocket: 'unix:///nobody', env: { ...env, ...keys } })
  const clients = clientsOf(again.url, credentials)
  const found = await readEverything(clients.s3)
  assert.ok(found > 0)
  assert.equal((await fetch(`${again.url}/readyz`)).status, 200)
  assert.equal(((await (await fetch(`${again.url}/healthz`)).json()) as { objects?: string }).objects, 'ok')

  const Body = randomBytes(18 << 20)
  await clients.s3.putObject({ Bucket, Key: 'large', Body, Metadata: { sha: sha(Body) } })
  await again.crash()
  assert.equal(await readEverything(clients.s3), found + 1)
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: 'content', Prefix: 'moved/sha256/' })
  assert.ok(Contents.some(({ Size }) => Size === Body.length))
  assert.match(await withKeys('verify', '--data', moved), /, 0 damaged\n$/)
  const shown = await withKeys('config', '--data', moved, '--objects', objects)
  assert.ok(shown.includes(`objects: "${objects}"`) && !shown.includes(credentials.secretAccessKey), shown)

  await assert.rejects(into('other', '--objects', objects, ...(await database())), /has an installation already/)
  await assert.rejects(withKeys('verify', '--data', moved, '--objects', 's3://content/elsewhere'), /not there/)
  const out = join(place, 'out')
  await withKeys('backup', out, '--data', moved)
  await run(process.execPath, [program, 'restore', out, '--data', join(place, 'files'), ...(await database())])
  assert.match(await modelmart('verify', '--data', join(place, 'files')), /, 0 damaged\n$/)

  await server.stop()
  const until = AbortSignal.timeout(30_000)
  let said = await fetch(`${again.url}/readyz`)
  for (; said.status !== 503; said = await fetch(`${again.url}/readyz`)) await sleep(200, undefined, { signal: until })
  assert.match(await said.text(), /The bucket s3:\/\/content\/moved\/ .*ECONNREFUSED/)
  assert.equal(await readEverything(clients.s3), found + 1, 'what the machine has of it is served')
  await again.stop()
})
