import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLogs } from './logs.fixture.ts'

const stream = {
  account: '111122223333',
  region: 'us-east-1',
  group: '/aws/sagemaker/TrainingJobs',
  stream: 'job/algo-1-1',
}
const at = (ms: number, message: string) => ({ time: new Date(Date.UTC(2026, 10, 20) + ms), message })

test('makes group and stream, remembers the cursor, tells the newest events', async () => {
  await using logs = await openLogs()
  assert.equal(await logs.sink.cursor(stream), undefined)
  assert.deepEqual(await logs.sink.tail(stream, 5), [])
  await logs.sink.append(stream, [at(0, 'one'), at(1, 'two')], 'c1')
  await logs.sink.append(stream, [at(2, 'three')], 'c2')
  await logs.sink.append(stream, [], 'c3')
  assert.equal(await logs.sink.cursor(stream), 'c3')
  assert.deepEqual(await logs.sink.tail(stream, 2), [at(1, 'two'), at(2, 'three')])
})

test('lines that come one by one share a chunk and keep their own ingestion times', async () => {
  await using logs = await openLogs()
  for (let index = 0; index < 300; index += 1) {
    logs.clock.now = at(index + 5, '').time
    await logs.sink.append(stream, [at(index, `line ${index}`)], String(index))
  }
  const { chunks } = await logs.store.db
    .selectFrom('log_chunk')
    .select(eb => eb.fn.countAll<number>().as('chunks'))
    .executeTakeFirstOrThrow()
  assert.ok(chunks < 5, `${chunks} chunks`)
  const { events } = await logs.call('GetLogEvents', {
    logGroupName: stream.group,
    logStreamName: stream.stream,
    startFromHead: true,
  })
  assert.deepEqual(
    events.map((event: { ingestionTime: number; timestamp: number }) => event.ingestionTime - event.timestamp),
    Array(300).fill(5),
  )
})

test('a line beyond the event limit becomes several events and loses nothing', async () => {
  await using logs = await openLogs()
  const long = 'añ日😀'.repeat(300_000)
  await logs.sink.append(stream, [at(0, long), at(0, 'next')], 'c')
  const events = await logs.sink.tail(stream, 100)
  assert.ok(events.length > 3)
  assert.equal(events.map(event => event.message).join(''), `${long}next`)
  for (const event of events) assert.ok(Buffer.byteLength(event.message) + 26 <= 1_048_576)
})

test('appends to many streams at once keep the order of each', async () => {
  await using logs = await openLogs()
  const names = Array.from({ length: 20 }, (_, index) => ({ ...stream, stream: `s${index}` }))
  const lines = Array.from({ length: 30 }, (_, index) => at(0, String(index)))
  await Promise.all(names.flatMap(name => lines.map((line, index) => logs.sink.append(name, [line], String(index)))))
  for (const name of names) {
    assert.deepEqual(await logs.sink.tail(name, 99), lines)
    assert.equal(await logs.sink.cursor(name), '29')
  }
})

test('an append that the store refuses leaves neither events nor cursor', async () => {
  await using logs = await openLogs()
  await logs.sink.append(stream, [at(0, 'kept')], 'c1')
  await logs.store.db.schema.alterTable('log_chunk').renameTo('away').execute()
  const big = Array.from({ length: 200 }, (_, index) => at(index, 'x'.repeat(100)))
  await assert.rejects(logs.sink.append(stream, big, 'c2'), /log_chunk/)
  await logs.store.db.schema.alterTable('away').renameTo('log_chunk').execute()
  assert.equal(await logs.sink.cursor(stream), 'c1')
  await logs.sink.append(stream, [at(300, 'next')], 'c3')
  assert.deepEqual(await logs.sink.tail(stream, 9), [at(0, 'kept'), at(300, 'next')])
})

test('killed while it appends, cursor and content agree', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'logs-crash-'))
  const path = join(directory, 'store.sqlite')
  const program = `
    import { openLogs } from ${JSON.stringify(new URL('./logs.fixture.ts', import.meta.url).href)}
    const { sink } = await openLogs(process.argv[1])
    const stream = ${JSON.stringify(stream)}
    let next = Number((await sink.cursor(stream)) ?? 0)
    process.stdout.write('going')
    while (true) {
      const events = Array.from({ length: 1 + (next % 700) }, (_, index) => ({ time: new Date(next + index), message: String(next + index) }))
      next += events.length
      await sink.append(stream, events, String(next))
    }`
  let reached = 0
  for (const patience of [30, 80, 150, 220]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await new Promise(resolve => setTimeout(resolve, patience))
    child.kill('SIGKILL')
    await once(child, 'close')
    await using logs = await openLogs(path)
    const cursor = Number((await logs.sink.cursor(stream)) ?? 0)
    const events = await logs.sink.tail(stream, cursor + 1000)
    assert.deepEqual(
      events.map(event => event.message),
      Array.from({ length: cursor }, (_, index) => String(index)),
    )
    assert.ok(cursor >= reached)
    reached = cursor
  }
  assert.ok(reached > 0, 'the child never appended')
  await rm(directory, { recursive: true })
})
