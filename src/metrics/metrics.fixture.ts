import { pino } from 'pino'
import { systemClock, useClock } from '../ground/clock.ts'
import { runOperation } from '../service/ask-service.fixture.ts'
import type { Context } from '../service/context.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { alarmArn } from './alarm/alarm.ts'
import type { AlarmAction } from './alarm/alarm-action.ts'
import { metricAlarmReconciler } from './alarm/metric-alarm.reconcile.ts'
import { createCloudWatchService } from './cloudwatch-service.ts'
import { createMetrics } from './metric-sink.ts'

/** A real store in memory with the service and the sink on it, and a clock that tests move. For tests only. */
export async function openMetrics(path = ':memory:', alarmActions: readonly AlarmAction[] = []) {
  const store = await openTestStore(path)
  const clock = { now: new Date('2026-11-20T12:00:30Z') }
  const log = pino({ level: 'silent' })
  const before = useClock({ ...systemClock, now: () => clock.now.getTime() })
  const metrics = createMetrics({ store, log })
  const evaluate = metricAlarmReconciler({ store, actions: alarmActions, log })
  const service = createCloudWatchService({ metrics, alarmActions })
  const owner = { account: '111122223333', region: 'us-east-1' }
  const principal = { kind: 'root', account: owner.account }
  const ctx = { store, now: () => clock.now, principal, ...owner } as unknown as Context
  return {
    store,
    clock,
    metrics,
    service,
    // biome-ignore lint/suspicious/noExplicitAny: tests name operations by text, as the gateway does
    call: async (operation: string, input: object, more: Partial<Context> = {}): Promise<any> => {
      return runOperation(service, { ...ctx, ...more }, operation, input)
    },
    /** Evaluates an alarm as its wish does. Returns after how many milliseconds it wants to be evaluated again. */
    async evaluate(name: string): Promise<number | undefined> {
      await metrics.flush()
      return (await evaluate(alarmArn(owner, name), new AbortController().signal))?.after
    },
    async [Symbol.asyncDispose]() {
      before[Symbol.dispose]()
      await metrics.close()
      await store.close()
    },
  }
}
