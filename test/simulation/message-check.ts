import { type Listener, listeners, topicArn } from './watch-post.ts'
import type { World } from './world.ts'

/** Messages that are on their way to subscriptions. */
export async function untold({ store }: World): Promise<string[]> {
  const waiting = await store.db.selectFrom('sns_message').select('sequence').execute()
  return waiting.map(({ sequence }) => `message ${sequence}`)
}

/** Whoever wants a message that was acknowledged has it, or it is a dead letter; nobody has another's. */
export async function checkMessages({ store, published, heardMessages, violations }: World): Promise<void> {
  const dead = await store.db.selectFrom('event_dead_letter').select(['target_id', 'body']).execute()
  const isDead = (id: string, listener: Listener) =>
    dead.some(({ target_id, body }) => target_id === listeners[listener] && JSON.parse(body).MessageId === id)
  for (const { id, isLoud } of published)
    for (const listener of isLoud ? (['all', 'loud'] as const) : (['all'] as const))
      if (!heardMessages[listener].some(message => message.id === id) && !isDead(id, listener))
        violations.push(`${listener} has not got the message ${id} of ${topicArn.split(':')[5]}`)
  const low = new Set(published.filter(({ isLoud }) => !isLoud).map(({ id }) => id))
  for (const { id, text } of heardMessages.loud)
    if (low.has(id) || text !== 'm') violations.push(`the message ${id} is none that loud wants`)
}
