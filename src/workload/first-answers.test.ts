import assert from 'node:assert/strict'
import test from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import { createFirstAnswers } from './first-answers.ts'

const never = new AbortController().signal

test('many are inside together, one alone, each in the order of asking', async () => {
  const firsts = createFirstAnswers()
  const inside: string[] = []
  const enter = async (name: string, isAlone: boolean) => {
    const leave = await firsts.enter(isAlone, never)
    inside.push(name)
    return () => {
      inside.splice(inside.indexOf(name), 1)
      leave()
    }
  }
  const [a, b] = [await enter('a', false), await enter('b', false)]
  const [alone, late, other] = [enter('alone', true), enter('late', false), enter('other', false)]
  a()
  await tick()
  assert.deepEqual(inside, ['b'])
  b()
  const leave = await alone
  assert.deepEqual(inside, ['alone'])
  leave()
  await Promise.all([late, other])
  assert.deepEqual(inside, ['late', 'other'])
})

test('who is stopped waits no longer and keeps nobody out', async () => {
  const firsts = createFirstAnswers()
  await firsts.enter(false, never)
  const stop = new AbortController()
  const alone = firsts.enter(true, stop.signal)
  const behind = firsts.enter(false, never)
  stop.abort(new Error('stopped'))
  await assert.rejects(alone, /stopped/)
  await behind
  await assert.rejects(firsts.enter(false, stop.signal), /stopped/)
})
