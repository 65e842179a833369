import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAgentNeed } from './agent-need.ts'

const needIn = ({ mock }: TestContext) => {
  mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] })
  let ends = 0
  const need = createAgentNeed(() => {
    ends += 1
  })
  const endsAfter = (milliseconds: number) => {
    mock.timers.tick(milliseconds)
    return ends
  }
  return { need, endsAfter }
}

test('one that is released ends, but not before its program', context => {
  const { need, endsAfter } = needIn(context)
  need.released()
  assert.equal(endsAfter(600_000), 0)
  need.ended()
  assert.equal(endsAfter(1), 1)
})

test('one that has nothing left that anybody may fetch ends some time after the last question', context => {
  const { need, endsAfter } = needIn(context)
  need.ended()
  need.collected()
  assert.equal(endsAfter(600_000), 0, 'nobody has read what was printed')
  need.read()
  assert.equal(endsAfter(19_000), 0)
  const answered = need.asked()
  assert.equal(endsAfter(600_000), 0, 'somebody is being answered')
  answered()
  assert.equal(endsAfter(19_000), 0)
  assert.equal(endsAfter(2_000), 1)
  need.released()
  assert.equal(endsAfter(600_000), 1, 'it ends once')
})

test('what was printed alone, or written alone, is not all', context => {
  const { need, endsAfter } = needIn(context)
  need.ended()
  need.read()
  assert.equal(endsAfter(86_400_000), 0)
})
