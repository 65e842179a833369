import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { hash, randomBytes } from 'node:crypto'
import { chmod, mkdtemp, open, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { promisify } from 'node:util'
import { S3 } from '@aws-sdk/client-s3'
import { region } from '../../demo/clients.ts'
import { startServer } from '../../demo/server-process.ts'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { openDataStore } from '../../src/store/store.fixture.ts'
import { until } from '../e2e/until.ts'

const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
const data = await mkdtemp(join(tmpdir(), 'modelmart-damage-'))
const server = await startServer({ data, engineSocket: 'unix:///nonexistent/engine.sock' })
after(async () => {
  await server.stop()
  await rm(data, { recursive: true, force: true })
})

const Bucket = 'damaged'
const fileOf = (content: Buffer) => {
  const hex = hash('sha256', content)
  return join(dataDirectory(data).blobs, 'sha256', hex.slice(0, 2), hex.slice(2))
}

async function turnBit(path: string, position: number): Promise<void> {
  await chmod(path, 0o600)
  await using file = await open(path, 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, position)
  await file.write(Buffer.from([(buffer[0] as number) ^ 1]), 0, 1, position)
}

async function changeRow(key: string): Promise<void> {
  const { db, close } = await openDataStore(data)
  await db
    .updateTable('s3_version')
    .set({ data: Buffer.from('other') })
    .where('key', '=', Buffer.from(key))
    .execute()
  await close()
}

it('content that is damaged on the disk is answered with an error, told in the log once with its object, and found by verify', async () => {
  const credentials = await server.account('owner')
  const s3 = new S3({ endpoint: server.url, region, credentials, forcePathStyle: true, maxAttempts: 1 })
  await s3.createBucket({ Bucket })
  const contents: Record<string, Buffer> = {
    'sound.bin': randomBytes(300_000),
    'bit.bin': randomBytes(300_000),
    'late.bin': randomBytes(9_000_000),
    'short.bin': randomBytes(2_000_000),
    'gone.bin': randomBytes(200_000),
    'row.txt': Buffer.from('small'),
  }
  for (const [Key, Body] of Object.entries(contents)) await s3.putObject({ Bucket, Key, Body })
  const path = (key: string) => fileOf(contents[key] as Buffer)
  await turnBit(path('bit.bin'), 1000)
  await turnBit(path('late.bin'), 8_000_000)
  await truncate(path('short.bin'), 1_000_000)
  await rm(path('gone.bin'))
  await changeRow('row.txt')

  const read = async (Key: string) => {
    const { Body } = await s3.getObject({ Bucket, Key })
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }
  const damaged = Object.keys(contents).filter(key => key !== 'sound.bin')
  for (let round = 0; round < 2; round++) {
    for (const key of damaged) await assert.rejects(read(key), `${key} was read`)
    assert.ok((await read('sound.bin')).equals(contents['sound.bin'] as Buffer))
  }
  const partOfLate = await s3.getObject({ Bucket, Key: 'late.bin', Range: 'bytes=0-99999' })
  const bytes = Buffer.from((await partOfLate.Body?.transformToByteArray()) ?? [])
  assert.ok(bytes.equals((contents['late.bin'] as Buffer).subarray(0, 100_000)), 'what is sound of it is served')

  const told = await until(
    'the log tells of all',
    async () =>
      (await readFile(join(data, 'server.log'), 'utf8'))
        .split('\n')
        .filter(line => line.includes('content is damaged')),
    lines => lines.length >= damaged.length,
    30,
  )
  for (const key of damaged)
    assert.equal(told.filter(line => line.includes(`s3://${Bucket}/${key}`)).length, 1, `${key} in the log`)
  const verify = promisify(execFile)(process.execPath, [program, 'verify', '--data', data])
  const { code, stdout } = await verify.catch(error => error)
  assert.equal(code, 1)
  const lines: string[] = stdout.split('\n').filter((line: string) => line.startsWith('damaged: '))
  for (const key of damaged)
    assert.equal(lines.filter(line => line.endsWith(`s3://${Bucket}/${key}`)).length, 1, `verify: ${stdout}`)
  assert.equal(lines.length, damaged.length, stdout)
})
