import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { leavesUnknown, OutcomeUnknown, ServiceError } from '../ground/errors.ts'
import { createLink, LinkBroken } from './link.ts'

type Near = {
  add(numbers: readonly number[]): number
  fail(how: 'service' | 'other' | 'unknown'): never
  never(none: undefined): unknown
}
type Far = { hear(word: string): void }

/** Two ends over a socket of the system. */
async function ends(slice: (socket: Socket) => Socket = socket => socket) {
  const path = join(tmpdir(), `modelmart-link-${process.pid}-${Math.random()}`)
  const server = createServer().listen(path)
  await once(server, 'listening')
  const taken = once(server, 'connection')
  const far = connect(path)
  const [near] = (await taken) as [Socket]
  after(() => {
    for (const socket of [near, far]) socket.destroy()
    server.close()
  })
  const heard: string[] = []
  const answering: Near = {
    add: numbers => numbers.reduce((sum, number) => sum + number, 0),
    fail(how) {
      if (how === 'unknown') throw new OutcomeUnknown('who knows')
      throw how === 'other'
        ? new Error('secret')
        : new ServiceError('ModelError', 'no', { status: 424, fields: { a: 1 } })
    },
    never: () => new Promise(() => {}),
  }
  return {
    heard,
    near: createLink<Far, Near>(near, answering),
    far: createLink<Near, Far>(slice(far), { hear: word => void heard.push(word) }),
  }
}

describe('a link', () => {
  it('answers questions side by side, with what they were given', async () => {
    const { far } = await ends()
    const sums = await Promise.all(Array.from({ length: 100 }, (_, at) => far.ask('add', [at, 1])))
    assert.deepEqual(
      sums,
      Array.from({ length: 100 }, (_, at) => at + 1),
    )
  })

  it('carries messages of a megabyte and more', async () => {
    const { far } = await ends()
    assert.equal(
      await far.ask(
        'add',
        Array.from({ length: 300_000 }, () => 2),
      ),
      600_000,
    )
  })

  it('keeps the order of what is told and asked', async () => {
    const { near, far, heard } = await ends()
    for (const word of ['a', 'b', 'c']) near.tell('hear', word)
    await near.ask('hear', 'd')
    assert.deepEqual(heard, ['a', 'b', 'c', 'd'])
    assert.ok(far.isOpen)
  })

  it('hands on an error of the service as such', async () => {
    const { far } = await ends()
    await assert.rejects(far.ask('fail', 'service'), (error: ServiceError) => {
      assert.ok(error instanceof ServiceError)
      assert.deepEqual([error.code, error.status, error.message, error.fields], ['ModelError', 424, 'no', { a: 1 }])
      return true
    })
    const isOther = (error: unknown) => !(error instanceof ServiceError) && !leavesUnknown(error)
    await assert.rejects(far.ask('fail', 'other'), isOther)
    await assert.rejects(far.ask('fail', 'unknown'), leavesUnknown)
  })

  it('tells who waits that it is broken, and takes nothing any more', async () => {
    const { near, far } = await ends()
    const waiting = assert.rejects(
      far.ask('never', undefined),
      error => error instanceof LinkBroken && leavesUnknown(error),
    )
    near.end()
    await waiting
    await far.closed
    await assert.rejects(far.ask('add', []), LinkBroken)
    assert.ok(!far.isOpen)
  })

  it('gives a question up that nobody answers', async () => {
    const { far } = await ends()
    await assert.rejects(far.ask('never', undefined, 5), leavesUnknown)
    assert.equal(await far.ask('add', [1]), 1)
  })

  it('is over when what comes is no message', async () => {
    const { near, far } = await ends(socket => {
      socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1]))
      return socket
    })
    await near.closed
    await far.closed
    assert.ok(!near.isOpen)
  })
})
