import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMountLooks } from './mount-looks.ts'

const seen = (inode: number) => new Map([['a', inode]])

test('whoever asks since the last time, or the one before it, has what is new; anybody else has everything', async () => {
  const looks = createMountLooks()
  const asked: (readonly [since: number, inode: number | undefined])[] = []
  const look = (since: number, mark: number, index = 0) =>
    looks.since(index, since, mark, async (from, before) => {
      asked.push([from, before.get('a')])
      return seen(mark)
    })
  await look(0, 10)
  await look(10, 20)
  // It has broken off on its way.
  await look(10, 30)
  await look(30, 40)
  await look(10, 50)
  await look(50, 60, 1)
  assert.deepEqual(asked, [
    [0, undefined],
    [10, 10],
    [10, 10],
    [30, 30],
    [0, undefined],
    [0, undefined],
  ])
})

test('what could not be sent is not remembered', async () => {
  const looks = createMountLooks()
  await assert.rejects(
    looks.since(0, 0, 10, async () => assert.fail('broken')),
    /broken/,
  )
  await looks.since(0, 10, 20, async since => {
    assert.equal(since, 0)
    return seen(1)
  })
})
