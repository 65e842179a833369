import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type DueWish, inTurns } from './owner-turns.ts'

const wish = (owner: string, due: number): DueWish => ({
  ...{ kind: 'thing', key: `${owner} ${due}`, owner, generation: 1, attempts: 0, due },
})
const keys = (wishes: readonly DueWish[]) => wishes.map(({ key }) => key)
const none = new Map<string, number>()

test('owners take turns, each with its oldest first, and who is worked on already comes later', () => {
  const wishes = [wish('a', 3), wish('a', 1), wish('a', 2), wish('b', 9), wish('c', 8)]
  assert.deepEqual(keys(inTurns(wishes, { free: 4, held: none })), ['a 1', 'c 8', 'b 9', 'a 2'])
  assert.deepEqual(keys(inTurns(wishes, { free: 2, held: new Map([['a', 5]]) })), ['c 8', 'b 9'])
})

test('one that has four times what is free leaves it to others', () => {
  const flood = Array.from({ length: 1000 }, (_, due) => wish('a', due))
  assert.equal(inTurns(flood, { free: 128, held: none }).length, 103)
  const rest = { free: 25, held: new Map([['a', 103]]) }
  assert.deepEqual(keys(inTurns([...flood, wish('b', 5000)], rest)), ['b 5000'])
  assert.deepEqual(keys(inTurns(flood, { free: 1, held: none })), ['a 0'], 'the last place is for one that has none')
})

test('whoever asks for how much: nobody is taken twice, no place is exceeded, and a newcomer always finds one', () => {
  const asked = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(100)), { maxLength: 200 })
  fc.assert(
    fc.property(asked, fc.integer({ min: 4, max: 64 }), (list, free) => {
      const wishes = list.map(([owner, due], index) => ({ ...wish(owner, due), key: String(index) }))
      const taken = inTurns(wishes, { free, held: none })
      assert.ok(taken.length <= free)
      assert.equal(new Set(keys(taken)).size, taken.length)
      const owners = new Set(taken.map(({ owner }) => owner))
      assert.deepEqual([...owners].toSorted(), [...new Set(wishes.map(({ owner }) => owner))].toSorted())
      for (const owner of owners) {
        const dues = (some: readonly DueWish[]) => some.filter(one => one.owner === owner).map(({ due }) => due)
        const mine = dues(taken)
        assert.deepEqual(
          mine,
          dues(wishes)
            .toSorted((a, b) => a - b)
            .slice(0, mine.length),
        )
      }
    }),
  )
})
