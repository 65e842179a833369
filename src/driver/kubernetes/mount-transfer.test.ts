import assert from 'node:assert/strict'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import type { AgentClient } from './agent-client.ts'
import { frameHead } from './agent-wire.ts'
import { framesOf, packChanges, pathsOf, unpackMounts } from './mount-files.ts'
import { createMountLooks } from './mount-looks.ts'
import { bringBack, packMounts, removeGone } from './mount-transfer.ts'

const place = mkdtempSync(join(tmpdir(), 'modelmart-mounts-'))
after(() => rmSync(place, { recursive: true }))
let count = 0
const folder = (files: Readonly<Record<string, string>> = {}) => {
  const directory = join(place, String(count++))
  mkdirSync(directory)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(directory, path, '..'), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
  return directory
}
const mount = (source: string) => ({ source, target: '/x', readOnly: true })

test('mounts are laid out as they were, one that is a file too', async () => {
  const source = folder({ 'a/b': 'content', '-odd name\n': 'odd', run: '#!/bin/sh' })
  symlinkSync('a/b', join(source, 'link'))
  const [target, single] = [folder(), folder({ file: 'alone' })]
  await unpackMounts(packMounts([mount(source), mount(join(single, 'file'))]), 2, target)
  assert.equal(readFileSync(join(target, '0/a/b'), 'utf8'), 'content')
  assert.equal(readFileSync(join(target, '0/-odd name\n'), 'utf8'), 'odd')
  assert.equal(readlinkSync(join(target, '0/link')), 'a/b')
  assert.equal(readFileSync(join(target, '1/file'), 'utf8'), 'alone')
})

test('what breaks off, comes in another order or is no archive is refused', async () => {
  const whole = await buffer(Readable.from(packMounts([mount(folder({ a: 'x' }))])))
  const unpacked = (body: Buffer, mounts = 1) => unpackMounts(Readable.from([body]), mounts, folder())
  await assert.rejects(unpacked(whole.subarray(0, whole.length - 3)), /have broken off/)
  await assert.rejects(unpacked(whole, 2), /of 2 mounts 1 came/)
  await assert.rejects(unpacked(Buffer.concat([frameHead(1, 1), Buffer.from('x')])), /another order/)
  const noise = Buffer.alloc(20_000, 'no archive')
  await assert.rejects(
    unpacked(Buffer.concat([frameHead(0, noise.length), noise, frameHead(0, 0)])),
    /could not be unpacked/,
  )
})

test('frames are whole however their bytes come', async () => {
  const body = Buffer.concat([frameHead(3, 5), Buffer.from('hello'), frameHead(3, 0)])
  const frames: string[] = []
  for await (const { index, bytes } of framesOf(Readable.from([...body].map(byte => Buffer.of(byte)))))
    frames.push(`${index} ${bytes}`)
  assert.deepEqual(frames, ['3 hello', '3 '])
})

/** An agent whose mount is this directory. */
const agentOf = (directory: string) => {
  const looks = createMountLooks()
  return {
    async mount(_index: number, since: number) {
      const archive = new PassThrough()
      const mark = Date.now() + 5
      looks
        .since(0, since, mark, (from, before) => packChanges(directory, from, archive, before))
        .catch(error => archive.destroy(error))
      return { mark, archive }
    },
    paths: async () => new Set(await pathsOf(directory)),
  } as unknown as AgentClient
}

test('what has changed comes back, and what is gone goes', async () => {
  const pod = folder({ 'model/one': 'first', gone: 'x' })
  const here = folder({ gone: 'x', 'old/file': 'x' })
  const back = { index: 0, source: here, kind: 'directory' as const }
  const agent = agentOf(pod)
  const mark = await bringBack(agent, place, back, 0)
  assert.equal(readFileSync(join(here, 'model/one'), 'utf8'), 'first')
  rmSync(join(pod, 'gone'))
  writeFileSync(join(here, 'model/one'), 'of the server')
  await new Promise(resolve => setTimeout(resolve, 20))
  writeFileSync(join(pod, 'model/two'), 'second')
  await bringBack(agent, place, back, mark)
  assert.equal(readFileSync(join(here, 'model/two'), 'utf8'), 'second')
  assert.equal(readFileSync(join(here, 'model/one'), 'utf8'), 'of the server', 'what has not changed is not sent again')
  await removeGone(agent, place, back)
  assert.deepEqual((await pathsOf(here)).sort(), ['model', 'model/one', 'model/two'])
})

const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

test('a directory that is given its name when it is whole comes with all that it had before', async () => {
  const [pod, here] = [folder({ 'checkpoint.tmp/inner/weights': 'trained' }), folder()]
  const [agent, back] = [agentOf(pod), { index: 0, source: here, kind: 'directory' as const }]
  const mark = await bringBack(agent, place, back, 0)
  await wait(20)
  renameSync(join(pod, 'checkpoint.tmp'), join(pod, 'checkpoint'))
  const next = await bringBack(agent, place, back, mark)
  assert.equal(readFileSync(join(here, 'checkpoint/inner/weights'), 'utf8'), 'trained')
  await removeGone(agent, place, back)
  assert.deepEqual((await pathsOf(here)).sort(), ['checkpoint', 'checkpoint/inner', 'checkpoint/inner/weights'])
  writeFileSync(join(here, 'checkpoint/inner/weights'), 'of the server')
  await wait(20)
  await bringBack(agent, place, back, next)
  assert.equal(readFileSync(join(here, 'checkpoint/inner/weights'), 'utf8'), 'of the server', 'once')
})

test('no link that was brought is written through, whatever takes its place', async () => {
  const [pod, here, elsewhere] = [folder({ 'real/passwd': 'first' }), folder(), folder({ passwd: 'kept' })]
  mkdirSync(join(pod, 'parent'))
  symlinkSync(elsewhere, join(pod, 'parent/inner'))
  const [agent, back] = [agentOf(pod), { index: 0, source: here, kind: 'directory' as const }]
  const mark = await bringBack(agent, place, back, 0)
  assert.equal(readlinkSync(join(here, 'parent/inner')), elsewhere)
  await wait(20)
  // The directory by the link's name changes its place, not itself.
  renameSync(join(pod, 'parent'), join(pod, 'before'))
  mkdirSync(join(pod, 'parent'))
  renameSync(join(pod, 'real'), join(pod, 'parent/inner'))
  writeFileSync(join(pod, 'parent/inner/passwd'), 'of the Pod')
  await bringBack(agent, place, back, mark)
  assert.equal(readFileSync(join(here, 'parent/inner/passwd'), 'utf8'), 'of the Pod')
  assert.equal(readFileSync(join(elsewhere, 'passwd'), 'utf8'), 'kept')
})

test('a file in the place of a directory comes, and a directory in the place of a file', async () => {
  const [pod, here] = [folder({ 'one/a': 'x', two: 'x' }), folder()]
  const [agent, back] = [agentOf(pod), { index: 0, source: here, kind: 'directory' as const }]
  const mark = await bringBack(agent, place, back, 0)
  await wait(20)
  for (const name of ['one', 'two']) rmSync(join(pod, name), { recursive: true })
  writeFileSync(join(pod, 'one'), 'now a file')
  mkdirSync(join(pod, 'two'))
  writeFileSync(join(pod, 'two/b'), 'y')
  await bringBack(agent, place, back, mark)
  assert.deepEqual((await pathsOf(here)).sort(), ['one', 'two', 'two/b'])
  assert.equal(readFileSync(join(here, 'one'), 'utf8'), 'now a file')
})

test('what breaks off on its way back is no end, and what no archive is is told', async () => {
  const back = { index: 0, source: folder(), kind: 'directory' as const }
  const agent = (archive: Readable) => ({ mount: async () => ({ mark: 1, archive }) }) as unknown as AgentClient
  const broken = async function* () {
    yield Buffer.alloc(1024)
    throw new Error('aborted')
  }
  await assert.rejects(bringBack(agent(Readable.from(broken())), place, back, 0), /aborted/)
  await assert.rejects(
    bringBack(agent(Readable.from([Buffer.alloc(20_000, 'x')])), place, back, 0),
    /they are no archive/,
  )
})

test('a file that is a mount comes back, and nothing beside it is touched', async () => {
  const pod = folder({ file: 'new' })
  const here = folder({ file: 'old', beside: 'kept' })
  const back = { index: 0, source: join(here, 'file'), kind: 'file' as const }
  await bringBack(agentOf(pod), place, back, 0)
  await removeGone(agentOf(pod), place, back)
  assert.deepEqual(
    ['file', 'beside'].map(name => readFileSync(join(here, name), 'utf8')),
    ['new', 'kept'],
  )
  assert.ok(lstatSync(join(here, 'beside')).isFile())
})

test('nothing is written or removed but among the files of workloads, whatever is noted', async () => {
  const [pod, elsewhere] = [folder({ file: 'new' }), mkdtempSync(join(tmpdir(), 'modelmart-elsewhere-'))]
  after(() => rmSync(elsewhere, { recursive: true }))
  writeFileSync(join(elsewhere, 'file'), 'kept')
  const link = join(folder(), 'link')
  symlinkSync(elsewhere, link)
  for (const source of [elsewhere, link, `${place}/../${basename(elsewhere)}`, place, '/']) {
    const back = { index: 0, source, kind: 'directory' as const }
    await assert.rejects(bringBack(agentOf(pod), place, back, 0), /is not among the files of workloads/, source)
    await assert.rejects(removeGone(agentOf(pod), place, back), /is not among the files of workloads/, source)
  }
  assert.equal(readFileSync(join(elsewhere, 'file'), 'utf8'), 'kept')
})
