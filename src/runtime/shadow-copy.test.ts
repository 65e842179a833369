import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { createInvoker } from '../workload/invoke.ts'
import type { Target } from './endpoint-target.ts'
import type { InvocationContext } from './runtime-operation.ts'
import { askShadow } from './shadow-copy.ts'

const mebibyte = 1024 ** 2

/** What the shadow's container does with each copy. */
let answers: (response: ServerResponse) => void
const open = new Set<ServerResponse>()
const container = createServer((request, response) => {
  open.add(response)
  response.on('close', () => open.delete(response))
  request.resume().on('end', () => answers(response))
})
container.listen(0, '127.0.0.1')
await once(container, 'listening')
const address = `http://127.0.0.1:${(container.address() as AddressInfo).port}`
const invoker = createInvoker()
after(async () => {
  await invoker.close()
  container.closeAllConnections()
  container.close()
})

/** Sends copies of an account's requests; counts what becomes of them. */
function shadowOf(account: string) {
  const counts = { dropped: 0, failed: 0, good: 0, captured: 0, ended: 0 }
  const variant = { name: 'shadow', weight: 1, direct: false, products: [], instances: [{}] }
  const route = { arn: `arn ${account}`, account, region: 'r', name: 'one', variants: [] }
  const target = { route, variant, addresses: [address], ended: () => void counts.ended++ } as unknown as Target
  const ctx = {
    invoker,
    log: { warn: assert.fail },
    capture: { take: () => void counts.captured++ },
    metrics: {
      put(_account: string, _region: string, _namespace: string, data: { name: string; value: number }[]) {
        const value = (of: string) => data.find(({ name }) => name === of)?.value ?? 0
        counts.dropped += value('ShadowInvocationsDropped')
        counts.failed += value('Invocation5XXErrors')
        counts.good += value('Invocations') - value('Invocation5XXErrors')
      },
    },
  } as unknown as InvocationContext
  const ask = (times: number, bytes = 1) => {
    for (let count = 0; count < times; count++) askShadow(target, { Body: Buffer.alloc(bytes) }, ctx)
  }
  return { counts, ask }
}

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 60_000
  while (!holds()) {
    assert.ok(Date.now() < end, 'it takes longer than a minute')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

test('shadows that never answer, of however many accounts, leave room for those of another', async () => {
  answers = () => {}
  const hanging = ['1', '2', '3', '4', '5'].map(shadowOf)
  const other = shadowOf('other')
  for (const one of hanging) one.ask(200)
  const taken = [32, 32, 32, 16, 8]
  assert.deepEqual(
    hanging.map(({ counts }) => 200 - counts.dropped),
    taken,
  )
  other.ask(4)
  await until(() => open.size === 124)
  assert.equal(other.counts.dropped, 0)
  for (const response of open) response.end('late')
  await until(() => hanging.every(({ counts }) => counts.ended === 200) && other.counts.ended === 4)
  assert.deepEqual(
    hanging.map(({ counts }) => counts.good),
    taken,
  )
  assert.deepEqual([other.counts.good, other.counts.captured], [4, 4])
})

test('what shadows answer is bounded in memory, all together, and given back', async () => {
  answers = response => response.end(Buffer.alloc(20 * mebibyte))
  const { counts, ask } = shadowOf('1')
  ask(10)
  await until(() => counts.ended === 10)
  assert.equal(counts.good + counts.failed, 10)
  assert.ok(counts.good >= 1 && counts.failed >= 1, JSON.stringify(counts))
  answers = response => response.end('small')
  ask(2, 15 * mebibyte)
  ask(1, 5 * mebibyte)
  await until(() => counts.ended === 13)
  assert.equal(counts.dropped, 1)
  ask(1, 30 * mebibyte)
  await until(() => counts.ended === 14)
  assert.equal(counts.dropped, 1)
})
