import assert from 'node:assert/strict'
import { it } from 'node:test'
import { OutcomeUnknown } from '../ground/errors.ts'
import { createDoubt } from './doubt.ts'

it('asks what became of a write before the next, until somebody tells, and has it written again only if it was not', async () => {
  for (const isDone of [true, false]) {
    const doubt = createDoubt()
    const told = [undefined, isDone]
    let written = 0
    const error = new OutcomeUnknown('who knows', { wasDone: async () => told.shift() })
    const again = () => void written++
    await doubt.settle()
    assert.equal(doubt.isLeftBy(error, again), true)
    await assert.rejects(doubt.settle(), error)
    for (let times = 0; times < 2; times++) await doubt.settle()
    assert.deepEqual([written, told], [isDone ? 0 : 1, []])
  }
})

it('knows what was refused, and what nobody will ever tell of', async () => {
  const doubt = createDoubt()
  const never = () => assert.fail('it is nobody’s to write again')
  for (const error of [new Error('the disk is full'), new OutcomeUnknown('who knows')])
    assert.equal(doubt.isLeftBy(error, never), false)
  await doubt.settle()
})
