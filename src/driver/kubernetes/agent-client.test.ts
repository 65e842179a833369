import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { type AgentClient, createAgentClient } from './agent-client.ts'
import { AGENT_PORT, lineRecord, recordedLines, SEALED } from './agent-wire.ts'
import { packChanges } from './mount-files.ts'
import { bringBack } from './mount-transfer.ts'

const key = randomBytes(32)

/** What somebody has put in the place of an agent, and who asks it. */
const openAgent = async (
  context: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
  silenceMs = 10_000,
): Promise<AgentClient> => {
  const address = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`
  const server = createServer({ ...SEALED, pskCallback: () => key, pskIdentityHint: 'pod' }, (request, response) => {
    void answer(request, response)
  }).listen(AGENT_PORT, address)
  await once(server, 'listening')
  const client = createAgentClient({ address, podName: 'pod', key: key.toString('hex'), silenceMs })
  context.after(() => {
    client.close()
    server.closeAllConnections()
    server.close()
  })
  return client
}
const answering = (context: TestContext, body: unknown, headers: Record<string, string> = {}) =>
  openAgent(context, (_, response) => response.writeHead(200, headers).end(JSON.stringify(body)))

test('an archive that stops coming is an error, and comes when it is asked for again', async context => {
  const place = mkdtempSync(join(tmpdir(), 'modelmart-stall-'))
  context.after(() => rmSync(place, { recursive: true }))
  const [there, here] = [mkdtempSync(join(place, 'a')), mkdtempSync(join(place, 'b'))]
  writeFileSync(join(there, 'model'), 'trained')
  const stalls: ((response: ServerResponse) => unknown)[] = [
    () => undefined,
    response => response.flushHeaders(),
    response => response.write(Buffer.alloc(100)),
  ]
  const agent = await openAgent(
    context,
    async (_, response) => {
      response.writeHead(200, { 'x-mark': '5' })
      const stall = stalls.shift()
      if (stall) stall(response)
      else await packChanges(there, 0, response)
    },
    300,
  )
  const back = { index: 0, source: here, kind: 'directory' as const }
  while (stalls.length > 0) await assert.rejects(bringBack(agent, place, back, 0), /has stood still for 0.3 seconds/)
  assert.equal(await bringBack(agent, place, back, 0), 5)
  assert.equal(readFileSync(join(here, 'model'), 'utf8'), 'trained')
})

test('one who does not take what is sent is waited for no longer', async context => {
  const agent = await openAgent(context, request => void request.pause(), 300)
  const endless = async function* () {
    for (;;) yield Buffer.alloc(1 << 16)
  }
  await assert.rejects(agent.stage('', [], endless()), /has stood still/)
})

test('a log that nothing is printed to is asked for again', async context => {
  const agent = await openAgent(
    context,
    (_, response) => response.writeHead(200, { 'x-from': '0' }).flushHeaders(),
    300,
  )
  const { records } = await agent.logs(0, AbortSignal.timeout(10_000))
  await assert.rejects(records.toArray(), /has stood still/)
})

test('of an answer what is of its kind is believed, and nothing else', async context => {
  const hostile = { open: 'yes', ended: 1, begun: true, door: {}, unstarted: '../../x', more: 'x' }
  assert.deepEqual(await (await answering(context, hostile)).status(), {
    ...{ open: false, ended: false, begun: true, door: false },
    unstarted: 127,
  })
  assert.deepEqual((await (await answering(context, null)).status()).ended, false)
  for (const peak of [-1, 1e300, '5', null, [5], 2.5])
    assert.equal(await (await answering(context, { peak })).peak(), undefined, String(peak))
  assert.equal(await (await answering(context, { peak: 5 })).peak(), 5)
  await assert.rejects((await answering(context, { length: 2 })).paths(0), /names no paths/)
})

test('a log begins where it was asked for, or later', async context => {
  for (const from of ['', 'NaN', '-1', '1e300', '9', '10.5']) {
    const agent = await answering(context, '', { 'x-from': from })
    await assert.rejects(agent.logs(10, AbortSignal.timeout(10_000)), /where nobody asked/, from)
  }
  assert.equal(
    (await (await answering(context, '', { 'x-from': '11' })).logs(10, AbortSignal.timeout(10_000))).from,
    11,
  )
})

test('an answer without an end is not kept', async context => {
  const agent = await openAgent(context, async (_, response) => {
    response.writeHead(200)
    while (!response.destroyed)
      if (!response.write(Buffer.alloc(1 << 16, ' '))) await once(response, 'drain').catch(() => undefined)
  })
  await assert.rejects(agent.status(), /more than \d+ bytes/)
})

const linesOf = (record: Buffer) =>
  recordedLines(Readable.from([record]), 0)
    [Symbol.asyncIterator]()
    .next()
const line = lineRecord('stdout', 1, Buffer.from('x'))
const changed = (change: (record: Buffer) => unknown): Buffer => {
  const record = Buffer.from(line)
  change(record)
  return record
}
const records: readonly [what: string, record: Buffer][] = [
  ['a third stream', changed(record => record.writeUInt8(2, 4))],
  ['no time', changed(record => record.writeDoubleBE(Number.NaN, 5))],
  ['a time that no calendar has', changed(record => record.writeDoubleBE(1e300, 5))],
  ['a line that never ends', changed(record => record.writeUInt32BE(0xff_ff_ff_ff, 0))],
]
for (const [what, record] of records)
  test(`no line of a log: ${what}`, async () => assert.rejects(linesOf(record), /no line of a log/))
