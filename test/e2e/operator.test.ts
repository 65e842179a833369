import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { hash, randomBytes } from 'node:crypto'
import { chmod, mkdtemp, open, readFile, rm, stat, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { S3 } from '@aws-sdk/client-s3'
import { region } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { testServer } from '../../src/store/own-database.fixture.ts'
import { presentEngines } from './engines.ts'
import { until } from './until.ts'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url).pathname
const places: string[] = []
const servers: ServerProcess[] = []
after(async () => {
  for (const server of servers) await server.stop()
  for (const place of places) {
    await run('umount', [place]).catch(() => {})
    await rm(place, { recursive: true, force: true })
  }
})

const place = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'modelmart-operator-'))
  places.push(made)
  return made
}

/** The `sh` blocks below a heading of the operator's document, as they stand. */
async function blocksOf(heading: string): Promise<string[]> {
  const text = await readFile(join(root, 'docs/operator.md'), 'utf8')
  const [, section = ''] = text.split(`\n### ${heading}\n`)
  const [own = ''] = section.split(/\n##+ /)
  return [...own.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, lines = '']) => lines)
}

/** Runs one of them and returns what it printed. */
async function play(block: string | undefined, { data, url }: Pick<ServerProcess, 'data' | 'url'>, more = {}) {
  const bin = await place()
  await symlink(join(root, 'bin/modelmart.mjs'), join(bin, 'modelmart'))
  const PATH = `${bin}:${root}node_modules/.bin:/usr/bin:/bin:${process.env.PATH}`
  const env = { ...process.env, PATH, DIR: data, URL: url, ...more }
  const { stdout } = await run('bash', ['-e', '-c', block ?? 'false'], { env })
  return stdout
}

async function start(data: string, engineSocket = 'unix:///nonexistent/engine.sock'): Promise<ServerProcess> {
  const server = await startServer({ data, engineSocket })
  servers.push(server)
  return server
}

async function ownerOf(server: ServerProcess, changes = {}): Promise<S3> {
  const credentials = await server.account(`owner-${randomBytes(3).toString('hex')}`)
  return new S3({ endpoint: server.url, region, credentials, forcePathStyle: true, maxAttempts: 1, ...changes })
}

const mayMount = await (async () => {
  const probe = await place()
  return run('mount', ['-t', 'tmpfs', 'tmpfs', probe]).then(
    () => true,
    () => false,
  )
})()

test('the disk is full', { skip: mayMount ? false : 'this user may not mount a small filesystem' }, async () => {
  const [look, again] = await blocksOf('The disk is full')
  const data = await place()
  await run('mount', ['-t', 'tmpfs', '-o', 'size=128m', 'tmpfs', data])
  await symlink('/dev/null', join(data, 'server.log'))
  const server = await start(data)
  const s3 = await ownerOf(server)
  await s3.createBucket({ Bucket: 'full' })
  const filler = join(data, 'filler')
  await run('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k']).catch(error => assert.match(String(error), /No space/))
  const full = await until(
    'the server says that the disk is full',
    () => play(look, server),
    printed => /"disk":"The disk is full/.test(printed),
    60,
  )
  assert.match(full, /reserve/, 'du tells what there is')
  await assert.rejects(s3.putObject({ Bucket: 'full', Key: 'new', Body: 'x' }), /disk of this installation is full/)
  await unlink(filler)
  await s3.putObject({ Bucket: 'full', Key: 'new', Body: 'x' })
  assert.match(await play(again, server), /"disk":"ok"/)
})

test('the container engine fails', async context => {
  const [engine] = await presentEngines()
  if (!engine) return context.skip('no container engine answers here')
  const [look, again] = await blocksOf('The container engine fails')
  const socket = join(await place(), 'engine.sock')
  const DOCKER_HOST = `unix://${socket}`
  const back = () => symlink(engine.socket.replace('unix://', ''), socket)
  await back()
  const server = await start(await place(), DOCKER_HOST)
  const health = (block: string | undefined, wanted: RegExp) =>
    until(
      `the server says ${wanted}`,
      () => play(block, server, { DOCKER_HOST }),
      printed => wanted.test(printed),
    )
  await health(again, /"engine":"ok"/)
  await unlink(socket)
  const told = await health(look, /"engine":"(?!ok")/)
  assert.match(told, /"status":"ok"/, 'everything else goes on')
  assert.match(told, /see above/, 'doctor finds it')
  const s3 = await ownerOf(server)
  await s3.createBucket({ Bucket: 'goes-on' })
  await back()
  await health(again, /"engine":"ok"/)
})

test('the clock is wrong', async () => {
  const [look] = await blocksOf('The clock is wrong')
  const server = await start(await place())
  const fast = await ownerOf(server, { systemClockOffset: 20 * 60_000 })
  await assert.rejects(fast.listBuckets({}), { name: 'RequestTimeTooSkewed' })
  const printed = await play(look, server)
  const header = /^date: (.*)$/im.exec(printed)?.[1]
  assert.ok(header, printed)
  assert.ok(!Number.isNaN(Date.parse(header)), 'the two can be compared')
})

test('the database or stored content is damaged', async () => {
  const [keep, verify, goBack] = await blocksOf('The database or stored content is damaged')
  const base = await place()
  const data = join(base, 'data')
  await run('mkdir', [data])
  const server = await start(data)
  const s3 = await ownerOf(server)
  const Body = randomBytes(300_000)
  const object = { Bucket: 'kept', Key: 'object' }
  await s3.createBucket({ Bucket: 'kept' })
  await s3.putObject({ ...object, Body })
  const reads = async () => {
    const { Body: found } = await s3.getObject(object)
    return Body.equals(Buffer.from((await found?.transformToByteArray()) ?? []))
  }
  await server.stop()
  await play(keep, server)

  await server.crash()
  const hex = hash('sha256', Body)
  await overwrite(join(dataDirectory(data).blobs, 'sha256', hex.slice(0, 2), hex.slice(2)), 1000, 16)
  await assert.rejects(reads())
  assert.match(await play(verify, server), /damaged: sha256:.*s3:\/\/kept\/object\n(.*\n)*.*put again/)
  await s3.putObject({ ...object, Key: 'again', Body })
  assert.ok(await reads(), 'content that is put again heals')
  assert.doesNotMatch(await play(verify, server), /damaged: |put again/)

  await server.stop()
  // PostgreSQL's rows are in no file of this directory, and come back by its own backups.
  if (testServer) return
  const { database } = dataDirectory(data)
  await overwrite(database, 4096, (await stat(database)).size - 4096)
  assert.match(await play(verify, server), /put again/)
  assert.match(await play(goBack, server), / 0 damaged/)
  await server.crash()
  assert.ok(await reads(), 'all is there again')
})

async function overwrite(path: string, position: number, length: number): Promise<void> {
  await chmod(path, 0o600)
  await using file = await open(path, 'r+')
  await file.write(randomBytes(length), 0, length, position)
}
