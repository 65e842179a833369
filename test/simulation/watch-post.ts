import { scalingPolicyAction } from '../../src/autoscaling/scaling-policy-action.ts'
import type { AlarmAction } from '../../src/metrics/alarm/alarm-action.ts'
import { createTopicAction } from '../../src/metrics/alarm/topic-action.ts'
import { eachBy, type WayOut } from '../../src/outgoing/way-out.ts'
import type { Store } from '../../src/store/store.ts'
import { account, region } from './place.ts'
import { allowingIam, type Step } from './stubs.ts'

export const topicArn = `arn:aws:sns:${region}:${account}:told`
/** Who listens to the topic, by their ids: to all of it, and to what is loud. */
export const listeners = {
  all: '00000000-0000-4000-8000-000000000001',
  loud: '00000000-0000-4000-8000-000000000002',
} as const
export type Listener = keyof typeof listeners

/** What each listener got: ids of messages and what they say, as often as they came. */
export type HeardMessages = Record<Listener, { readonly id: string; readonly text: string }[]>

/** What alarms do in every run. */
export const alarmActions: readonly AlarmAction[] = [createTopicAction({ iam: allowingIam }), scalingPolicyAction]

/** A topic with its listeners, who take messages as they are. */
export async function openWatchPost({ db }: Store, now: number): Promise<void> {
  await db
    .insertInto('sns_topic')
    .values({ arn: topicArn, account, region, name: 'told', policy: '', attributes: '{}', created: now })
    .execute()
  await db
    .insertInto('event_bus')
    .values({ account, region, listening: 0, last_seq: 0 })
    .onConflict(on => on.doNothing())
    .execute()
  for (const [name, id] of Object.entries(listeners)) {
    const attributes = { RawMessageDelivery: 'true', ...(name === 'loud' && { FilterPolicy: '{"volume":["loud"]}' }) }
    await db
      .insertInto('sns_subscription')
      .values({
        ...{ arn: `${topicArn}:${id}`, id, topic_arn: topicArn, owner: account, region, principal: '' },
        ...{ protocol: 'https', endpoint: `https://${name}.example/`, state: 'confirmed', token_issued: now },
        ...{ confirmed_signed: 1, signed_end: 1, attributes: JSON.stringify(attributes), created: now, retry_at: 0 },
      })
      .execute()
  }
}

/** Listeners beyond the server: one may not be reached, or have got what nobody hears of. */
export function wayToListeners(heard: HeardMessages, step: Step): WayOut {
  const send: WayOut['send'] = ({ url, headers, body }) =>
    step('tell listener', async () => {
      heard[new URL(url).hostname.split('.')[0] as Listener].push({
        id: headers['x-amz-sns-message-id'] as string,
        text: body,
      })
      return { status: 200, text: '' }
    })
  return { problem: () => undefined, send, sendEach: eachBy(send), close() {} }
}
