import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { liveAlone } from '../reconcile/server-life.ts'
import { startWorker, type Worker } from '../reconcile/worker.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { deliveryReconciler } from './delivery.reconcile.ts'
import { insertDeliveries } from './insert-deliveries.ts'
import type { Outcome, Receiver } from './receiver.ts'

const sender = 'arn:aws:test:us-east-1:111122223333:sender'

/** Receivers with an id that begins with `dead` answer nothing until the server stops. */
async function openDeliveries() {
  let worker: Worker | undefined
  const store = await openTestStore(':memory:', wishes => worker?.wake(wishes))
  const got: string[] = []
  const tried = new Set<string>()
  const receiverOf = (id: string): Receiver => ({
    ...{ sender, id, account: '111122223333', region: 'us-east-1', retryAt: 0, isOrdered: false },
    async deliver(given, signal): Promise<Outcome[]> {
      tried.add(id)
      if (id.startsWith('dead')) {
        if (!signal.aborted) await once(signal, 'abort')
        return given.map(() => 'untried')
      }
      got.push(...given.map(({ body }) => `${id} ${body}`))
      return given.map(() => undefined)
    },
    afterFailure: () => ({ after: 1000 }),
    async setRetryAt() {},
  })
  const receivers = { test: { find: async (_db: unknown, _sender: string, id: string) => receiverOf(id) } }
  const reconcilers = { 'event-delivery': deliveryReconciler({ store, now: () => new Date(), receivers }) }
  await liveAlone(store)
  worker = startWorker({ store, reconcilers, log: pino({ enabled: false }) })
  return {
    ...{ got, tried },
    send: (ids: readonly string[], body: string) =>
      store.transaction(tx =>
        insertDeliveries(
          tx,
          ids.map(target_id => ({ rule_arn: sender, target_id, announced: Date.now(), body })),
        ),
      ),
    waiting: async () => (await store.db.selectFrom('event_delivery').select('target_id').execute()).length,
    async [Symbol.asyncDispose]() {
      await worker?.stop()
      await store.close()
    },
  }
}

test('a hundred and fifty receivers that answer nothing keep nobody else from what is for it', async () => {
  await using at = await openDeliveries()
  const dead = Array.from({ length: 150 }, (_, index) => `dead${index}`)
  await at.send(dead, 'first')
  while (at.tried.size < 60) await sleep(5)
  for (const body of ['one', 'two', 'three']) await at.send(['well', 'also-well'], body)
  while (at.got.length < 6) await sleep(5)
  assert.deepEqual(
    at.got.filter(line => line.startsWith('well')),
    ['well one', 'well two', 'well three'],
  )
  while ((await at.waiting()) > 150) await sleep(5)
  assert.equal(await at.waiting(), 150)
})
