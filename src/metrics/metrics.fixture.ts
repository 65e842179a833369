import { pino } from 'pino'
import { runOperation } from '../service/ask-service.fixture.ts'
import type { Context } from '../service/context.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createCloudWatchService } from './cloudwatch-service.ts'
import { createMetrics } from './metric-sink.ts'

/** A real store in memory with the service and the sink on it, and a clock that tests move. For tests only. */
export async function openMetrics(path = ':memory:') {
  const store = await openTestStore(path)
  const clock = { now: new Date('2026-11-20T12:00:30Z') }
  const metrics = createMetrics({ store, log: pino({ level: 'silent' }) })
  const service = createCloudWatchService({ metrics })
  const owner = { account: '111122223333', region: 'us-east-1' }
  const ctx = { store, now: () => clock.now, ...owner } as unknown as Context
  return {
    store,
    clock,
    metrics,
    service,
    // biome-ignore lint/suspicious/noExplicitAny: tests name operations by text, as the gateway does
    call: async (operation: string, input: object, more: Partial<Context> = {}): Promise<any> => {
      return runOperation(service, { ...ctx, ...more }, operation, input)
    },
    async [Symbol.asyncDispose]() {
      await metrics.close()
      await store.close()
    },
  }
}
