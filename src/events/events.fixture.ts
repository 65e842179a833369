import { deliveryReconciler } from '../delivery/delivery.reconcile.ts'
import { systemClock, useClock } from '../ground/clock.ts'
import { createIam } from '../iam/iam.ts'
import { createLogs } from '../logs/log-sink.ts'
import { createLogsService } from '../logs/logs-service.ts'
import { createWayOut } from '../outgoing/way-out.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import { runOperation } from '../service/ask-service.fixture.ts'
import type { Context } from '../service/context.ts'
import type { LogSink } from '../service/logs.ts'
import { type Announcement, announce } from '../store/announcement.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createConnectionSecrets } from './connection-secret.ts'
import { createDeadLettersService } from './dead-letters-service.ts'
import { eventBusReconciler } from './event-bus.reconcile.ts'
import { createEventsService } from './events-service.ts'
import { ruleScheduleReconciler } from './rule-schedule.reconcile.ts'
import { targetReceivers } from './target-receiver.ts'

/** A real store in memory with EventBridge and a log group on it; a test moves its clock and does its work. For tests only. */
export async function openEvents() {
  const store = await openTestStore()
  const clock = { now: new Date('2026-11-20T12:00:00Z') }
  const now = () => clock.now
  const before = useClock({ ...systemClock, now: () => clock.now.getTime() })
  const owner = { account: '111122223333', region: 'us-east-1' }
  const principal = { kind: 'root', account: owner.account }
  const ctx = { store, now, principal, ...owner, signal: new AbortController().signal } as unknown as Context
  const written = createLogs({ store, now })
  const failing: { with?: Error } = {}
  const logs: LogSink = {
    ...written,
    append: async (...given) => {
      if (failing.with) throw failing.with
      await written.append(...given)
    },
  }
  const rootSecret = Buffer.alloc(32, 1)
  const secrets = createConnectionSecrets(rootSecret)
  const wayOut = createWayOut({ allowed: [], ownPorts: [] })
  const receivers = {
    events: targetReceivers({ store, logs, iam: createIam({ store, rootSecret, now }), secrets, wayOut }),
  }
  const reconcilers: Record<string, Reconciler> = {
    'event-bus': eventBusReconciler({ store }),
    'rule-schedule': ruleScheduleReconciler({ store, now }),
    'event-delivery': deliveryReconciler({ store, now, receivers }),
  }
  const services = {
    logs: createLogsService({ store, now }),
    events: createEventsService({ secrets, wayOut }),
    letters: createDeadLettersService(receivers),
  }
  // biome-ignore lint/suspicious/noExplicitAny: tests name operations by text, as the gateway does
  const call = async (service: keyof typeof services, operation: string, input: object): Promise<any> =>
    runOperation(services[service], { ...ctx }, operation, input)
  const arn = (group: string) => `arn:aws:logs:us-east-1:${owner.account}:log-group:${group}`
  return {
    ...{ store, clock, owner, ctx, failing, call, reconcilers },
    /** A rule with a log group of the same name as its target. */
    async listen(name: string, pattern: object = { source: [{ exists: true }] }, more: object = {}) {
      await call('logs', 'CreateLogGroup', { logGroupName: name })
      await call('events', 'PutRule', { Name: name, EventPattern: JSON.stringify(pattern) })
      await call('events', 'PutTargets', { Rule: name, Targets: [{ Id: 'log', Arn: arn(name), ...more }] })
    },
    announce: (more: Partial<Announcement> = {}) =>
      store.transaction(tx =>
        announce(tx, { ...owner, source: 'test', detailType: 'Test', resources: [], detail: {}, ...more }),
      ),
    /** What is in the log of a rule's target. */
    read: async (name: string): Promise<string[]> =>
      (await written.tail({ ...owner, group: name, stream: `${name}/log` }, 10_000)).map(({ message }) => message),
    /** Does all that is to be done now. Returns after how many milliseconds what is left is looked at. */
    async work(): Promise<number[]> {
      const waits = new Map<string, number>()
      for (;;) {
        const rows = await store.db.selectFrom('work').select(['kind', 'key']).orderBy('due').execute()
        const [next] = rows.filter(({ key }) => !waits.has(key))
        if (!next) return [...waits.values()]
        await store.db.deleteFrom('work').where('kind', '=', next.kind).where('key', '=', next.key).execute()
        const more = await reconcilers[next.kind]?.(next.key, ctx.signal)
        if (!more) continue
        await store.transaction(tx => tx.enqueue(next.kind, next.key))
        if (more.after > 0) waits.set(next.key, more.after)
      }
    },
    async [Symbol.asyncDispose]() {
      before[Symbol.dispose]()
      await store.close()
    },
  }
}
