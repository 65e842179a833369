import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Target } from './endpoint-target.ts'
import type { InvocationContext } from './runtime-operation.ts'
import type { Sessions } from './sessions.ts'
import { readNewSession, settleSession } from './settle-session.ts'

const text = 'a-1; Expires=2026-11-30T12:00:01Z'
const expires = Date.UTC(2026, 10, 30, 12, 0, 1)
const instance = (logStream: string) => ({ logStream })
const target = {
  route: {
    ...{ arn: 'arn', name: 'one' },
    variants: [{ instances: [instance('first'), instance('second')] }, { instances: [instance('third')] }],
  },
  instance: instance('first'),
  containers: [{ name: 'primary', logStream: 'first' }],
} as unknown as Target

/** What is made of an answer, and what is noted of sessions. */
async function settle(
  SessionId: string | undefined,
  said: { newSession?: string; closedSession?: string },
  isOpen = true,
) {
  const noted: unknown[] = []
  const sessions: Sessions = {
    find: () => undefined,
    async open(...given) {
      noted.push(given)
      return isOpen
    },
    close: async key => void noted.push(key),
  }
  const ctx = { account: '1', region: 'us-east-1', sessions } as unknown as InvocationContext
  return { told: await settleSession({ SessionId }, { status: 200, ...said }, target, ctx), noted }
}

describe('a session', () => {
  it('that a model begins is noted with its instance and told', async () => {
    const { told, noted } = await settle('NEW_SESSION', { newSession: text })
    assert.deepEqual(told, { NewSessionId: text })
    const place = { logStream: 'first', expires }
    assert.deepEqual(noted, [[{ endpoint: 'arn', id: 'a-1' }, place, ['second', 'third']]])
  })

  it('that a model ends is forgotten and told', async () => {
    const { told, noted } = await settle('a-1', { closedSession: 'a-1' })
    assert.deepEqual([told, noted], [{ ClosedSessionId: 'a-1' }, [{ endpoint: 'arn', id: 'a-1' }]])
  })

  for (const [what, asked, said] of [
    ['when the model keeps none', 'NEW_SESSION', {}],
    ['when none was asked for', undefined, { newSession: text, closedSession: 'a-1' }],
    ['when another one is asked for', 'b', { newSession: text, closedSession: 'a-1' }],
    ['while it goes on', 'a-1', {}],
  ] as const)
    it(`is nothing to anybody ${what}`, async () => {
      assert.deepEqual(await settle(asked, said), { told: {}, noted: [] })
    })

  it('that is another instance’s, or that cannot be understood, has not begun', async () => {
    const refused = { code: 'ModelError', status: 424 }
    const taken = settle('NEW_SESSION', { newSession: text }, false)
    await assert.rejects(taken, { ...refused, message: /by the id a-1, which is that of another instance's/ })
    const odd = settle('NEW_SESSION', { newSession: 'a-1' })
    await assert.rejects(odd, { ...refused, message: /as "a-1", not as "ID; Expires=yyyy-mm-ddThh:mm:ssZ"/ })
  })
})

it('a model says which session it has begun and until when', () => {
  assert.deepEqual(readNewSession(text), { id: 'a-1', expires, text })
  // Told as the interface has it, with its one space.
  assert.deepEqual(readNewSession(text.replace(' ', '')), { id: 'a-1', expires, text })
})

for (const said of [
  '',
  'a-1; Expires=soon',
  'a-1; Expires=2026-13-30T12:00:01Z',
  'a-1; Expires=2026-11-30T12:00:01+01:00',
  `${text},${text}`,
  text.replace('a-1', 'NEW_SESSION'),
  text.replace('a-1', '-a'),
  text.replace('a-1', 'a'.repeat(227)),
])
  it(`it has not said so by ${JSON.stringify(said.slice(0, 70))}`, () => assert.equal(readNewSession(said), undefined))
