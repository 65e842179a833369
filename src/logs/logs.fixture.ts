import { runOperation } from '../service/ask-service.fixture.ts'
import type { Context } from '../service/context.ts'
import type { Service } from '../service/service.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createLogs } from './log-sink.ts'
import { createLogsService } from './logs-service.ts'

/** A real store in memory with the service and the sink on it, and a clock that tests move. For tests only. */
export async function openLogs(path = ':memory:') {
  const store = await openTestStore(path)
  const clock = { now: new Date('2026-11-20T12:00:00Z') }
  const now = () => clock.now
  const service: Service = createLogsService({ store, now })
  const owner = { account: '111122223333', region: 'us-east-1' }
  const principal = {
    kind: 'user',
    account: owner.account,
    arn: `arn:aws:iam::${owner.account}:user/ann`,
    userId: 'AIDA',
  }
  const ctx = { store, now, principal, ...owner, signal: new AbortController().signal } as unknown as Context
  return {
    store,
    clock,
    owner,
    sink: createLogs({ store, now }),
    service,
    ctx,
    // biome-ignore lint/suspicious/noExplicitAny: tests name operations by text, as the gateway does
    call: async (operation: string, input: object): Promise<any> => {
      return runOperation(service, ctx, operation, input)
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
}
