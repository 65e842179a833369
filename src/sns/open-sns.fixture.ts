import { deliveryReconciler } from '../delivery/delivery.reconcile.ts'
import { systemClock, useClock } from '../ground/clock.ts'
import { createIam } from '../iam/iam.ts'
import { parsePolicy } from '../iam/policy.ts'
import type { OutgoingAnswer, OutgoingRequest } from '../outgoing/outgoing-request.ts'
import { eachBy } from '../outgoing/way-out.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import { runOperation } from '../service/ask-service.fixture.ts'
import type { Context } from '../service/context.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createSigningKeys } from './signing-key.ts'
import { createSnsService } from './sns-service.ts'
import { subscriptionReceivers } from './subscription-receiver.ts'
import { createSubscriptionTokens } from './subscription-token.ts'
import { topicReconciler } from './topic.reconcile.ts'

type Answer = (request: OutgoingRequest) => OutgoingAnswer | Promise<OutgoingAnswer>

/** A real store in memory with SNS on it, and a way out that a test answers itself; the test moves its clock and does its work. For tests only. */
export async function openSns() {
  const store = await openTestStore()
  const clock = { now: new Date('2026-11-20T12:00:00Z') }
  const now = () => clock.now
  const before = useClock({ ...systemClock, now: () => clock.now.getTime() })
  const owner = { account: '111122223333', region: 'us-east-1' }
  const principal = { kind: 'root', account: owner.account, arn: `arn:aws:iam::${owner.account}:root` }
  const ctx = { store, now, principal, ...owner, signal: new AbortController().signal } as unknown as Context
  const rootSecret = Buffer.alloc(32, 1)
  const iam = createIam({ store, rootSecret, now })
  const sent: OutgoingRequest[] = []
  const behaviour: { answer: Answer } = { answer: () => ({ status: 200, text: '' }) }
  const send = async (request: OutgoingRequest) => {
    sent.push(request)
    return behaviour.answer(request)
  }
  const wayOut = { problem: () => undefined, close() {}, send, sendEach: eachBy(send) }
  const tokens = createSubscriptionTokens(Buffer.alloc(32, 2))
  const keys = createSigningKeys({ store, rootSecret })
  const receivers = {
    sns: subscriptionReceivers({ wayOut, mailer: undefined, keys, tokens, url: 'http://localhost:8600' }),
  }
  const service = createSnsService({
    wayOut,
    isMailed: false,
    tokens,
    checkPolicy: text => void parsePolicy(text, 'resource'),
  })
  const reconcilers: Record<string, Reconciler> = {
    topic: topicReconciler({ store }),
    'event-delivery': deliveryReconciler({ store, now, receivers }),
  }
  // biome-ignore lint/suspicious/noExplicitAny: tests name operations by text, as the gateway does
  const call = async (operation: string, input: object): Promise<any> =>
    runOperation(service, { ...ctx }, operation, input)
  /** Does all that is to be done now. Returns after how many milliseconds what is left is looked at. */
  async function work(): Promise<number[]> {
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
  }
  return {
    ...{ store, clock, owner, ctx, iam, sent, behaviour, keys, call, work },
    arn: (name: string) => `arn:aws:sns:us-east-1:${owner.account}:${name}`,
    /** A topic with an endpoint that has agreed. */
    async listen(topic: string, endpoint: string, Attributes: object = {}): Promise<string> {
      const { TopicArn } = await call('CreateTopic', { Name: topic })
      const asked = { TopicArn, Protocol: 'https', Endpoint: endpoint, Attributes, ReturnSubscriptionArn: true }
      const { SubscriptionArn } = await call('Subscribe', asked)
      const { answer } = behaviour
      behaviour.answer = () => ({ status: 200, text: '' })
      await work()
      behaviour.answer = answer
      const { Token } = JSON.parse(sent.pop()?.body ?? '')
      await call('ConfirmSubscription', { TopicArn, Token })
      return SubscriptionArn
    },
    pass(ms: number) {
      clock.now = new Date(clock.now.getTime() + ms)
    },
    dead: () => store.db.selectFrom('event_dead_letter').selectAll().execute(),
    async [Symbol.asyncDispose]() {
      before[Symbol.dispose]()
      await store.close()
    },
  }
}
