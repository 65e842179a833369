import assert from 'node:assert/strict'
import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPipeFeeds } from './pipe-feed.ts'
import type { PipeSource } from './pipe-source.ts'

const shard = { index: 0, count: 1 }

async function feedOf(t: TestContext, source: Pick<PipeSource, 'epoch'>) {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-pipe-'))
  const feeds = createPipeFeeds()
  let closed = false
  let failures = 0
  const whole: PipeSource = { ...source, close: async () => {} }
  const sources = {
    async [Symbol.asyncDispose]() {
      closed = true
    },
  }
  await feeds.begin('job 1', [{ channel: 'data', source: whole, shard, directory }], sources, () => failures++)
  t.after(async () => {
    await feeds.stop()
    await rm(directory, { recursive: true })
  })
  const path = (epoch: number) => join(directory, `data_${epoch}`)
  const text = async (epoch: number) => Buffer.concat(await createReadStream(path(epoch)).toArray()).toString()
  return { directory, feeds, path, text, isClosed: () => closed, failures: () => failures }
}

test('each epoch has a pipe, and the next is there when one ends', async t => {
  const { text, path, directory } = await feedOf(t, {
    async *epoch(epoch) {
      yield Buffer.from(`epoch ${epoch}, `)
      yield Buffer.from('end')
    },
  })
  assert.deepEqual(await readdir(directory), ['data_0'])
  for (const epoch of [0, 1, 2]) {
    assert.equal(await text(epoch), `epoch ${epoch}, end`)
    assert.ok(existsSync(path(epoch + 1)))
  }
})

test('a reader that is behind is waited for, and one that closes early gets the next epoch', async t => {
  let given = 0
  const { path, text } = await feedOf(t, {
    async *epoch(epoch) {
      for (let index = 0; epoch === 0 && index < 1000; index++) {
        given++
        yield Buffer.alloc(65_536)
      }
      yield Buffer.from('last')
    },
  })
  const reader = await open(path(0))
  await reader.read(Buffer.alloc(10))
  await sleep(200)
  assert.ok(given < 20, `${given} chunks were taken from the source for a reader of ten bytes`)
  await reader.close()
  while (!existsSync(path(1))) await sleep(5)
  assert.equal(await text(1), 'last')
})

test('an epoch without data ends at once', async t => {
  const { text } = await feedOf(t, { async *epoch() {} })
  assert.deepEqual([await text(0), await text(1)], ['', ''])
})

test('an error is told, and the pipe stays open until the feeds are ended', async t => {
  const { text, feeds, failures, isClosed } = await feedOf(t, {
    // biome-ignore lint/correctness/useYield: it fails before
    async *epoch() {
      throw new Error('s3://b/k is gone')
    },
  })
  let ended = false
  const reading = text(0).then(() => {
    ended = true
  })
  while (failures() === 0) await sleep(5)
  assert.equal(feeds.failure('job 1')?.message, 'Channel "data": s3://b/k is gone')
  await sleep(100)
  assert.equal(ended, false)
  await feeds.end('job 1')
  await reading
  assert.deepEqual([feeds.feeds('job 1'), isClosed(), failures()], [false, true, 1])
})

test('feeds that nobody has read end', async t => {
  const { feeds, isClosed } = await feedOf(t, { async *epoch() {} })
  assert.equal(feeds.feeds('job 1'), true)
  await feeds.end('job 1')
  assert.deepEqual([feeds.feeds('job 1'), isClosed()], [false, true])
})
