import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock, useClock } from '../ground/clock.ts'
import type { Caller } from '../iam/leave.ts'
import { createKnownCallers } from './known-callers.ts'

const caller = (name: string): Caller => ({
  credential: {
    ...{ accessKeyId: name, secretAccessKey: name },
    principal: { kind: 'root', account: '1', arn: `arn:${name}`, userId: name },
  },
  identity: undefined,
})

/** A control plane that is asked for one caller after another, and answers when it is told to. */
function world() {
  const asked: { readonly key: string; readonly answer: PromiseWithResolvers<Caller | undefined> }[] = []
  const callers = createKnownCallers(key => {
    const answer = Promise.withResolvers<Caller | undefined>()
    asked.push({ key, answer })
    return answer.promise
  })
  const answer = async (at: number, given: Caller | undefined) => {
    asked[at]?.answer.resolve(given)
    await settled()
  }
  return { asked, callers, answer }
}

const settled = () => new Promise(resolve => setImmediate(resolve))

describe('a caller', () => {
  it('is asked for once by all who wait for it, and then known', async () => {
    const { asked, callers, answer } = world()
    const both = Promise.all([callers.get('a'), callers.get('a')])
    await answer(0, caller('a'))
    assert.deepEqual(await both, [caller('a'), caller('a')])
    assert.deepEqual(await callers.get('a'), caller('a'))
    assert.equal(asked.length, 1)
  })

  it('that there is not is asked for each time', async () => {
    const { asked, callers, answer } = world()
    for (let time = 0; time < 2; time++) {
      const got = callers.get('a')
      await answer(time, undefined)
      assert.equal(await got, undefined)
    }
    assert.equal(asked.length, 2)
  })

  it('is not believed after a change, nor what was asked before one and answered after it', async () => {
    const { asked, callers, answer } = world()
    const first = callers.get('a')
    await answer(0, caller('a'))
    await first
    const late = callers.get('b')
    callers.forget()
    assert.equal(callers.known('a'), undefined)
    await answer(1, caller('old b'))
    const again = asked.findLastIndex(({ key }) => key === 'b')
    assert.ok(again > 1, 'b is asked for anew')
    await answer(again, caller('new b'))
    assert.deepEqual(await late, caller('new b'))
  })

  it('that was busy is asked for right after a change, so that it is known when its server goes', async () => {
    const { asked, callers, answer } = world()
    const first = callers.get('a')
    await answer(0, caller('a'))
    await first
    callers.known('a')
    callers.forget()
    assert.deepEqual(
      asked.slice(1).map(({ key }) => key),
      ['a'],
    )
    await answer(1, caller('a'))
    assert.deepEqual(callers.known('a'), caller('a'))
  })

  it('stays known while nobody can be asked, and is told to be unknown when it is not', async () => {
    let now = 0
    using _ = useClock({ ...systemClock, elapsed: () => now })
    const state = { down: false }
    const callers = createKnownCallers(async key => {
      if (state.down) throw new Error('gone')
      return caller(key)
    })
    await callers.get('a')
    state.down = true
    now += 10_000
    assert.deepEqual(await callers.get('a'), caller('a'))
    await settled()
    assert.deepEqual(await callers.get('a'), caller('a'))
    await assert.rejects(callers.get('b'), { code: 'ServiceUnavailable', status: 503 })
  })

  it('that another process changed is seen when it is looked at again', async () => {
    let now = 0
    using _ = useClock({ ...systemClock, elapsed: () => now })
    let there: Caller | undefined = caller('a')
    const callers = createKnownCallers(async () => there)
    await callers.get('a')
    there = undefined
    now += 1001
    callers.known('a')
    await settled()
    assert.equal(callers.known('a'), undefined)
  })
})
