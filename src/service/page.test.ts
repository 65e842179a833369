import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { paging } from './page.ts'

test('pages of any length walk over a listing once, whatever is asked for', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(), { maxLength: 50 }), fc.integer({ min: 1, max: 7 }), (numbers, limit) => {
      const sorted = numbers.toSorted((a, b) => a - b)
      const walked: number[] = []
      let token: string | undefined
      do {
        const pages = paging<number>(['numbers'], token)
        const rest = sorted.filter(number => number > (pages.after ?? -1)).slice(0, limit + 1)
        const { items, next } = pages.cut(rest, limit, last => last)
        walked.push(...items)
        token = next
      } while (token !== undefined)
      assert.deepEqual(walked, sorted)
    }),
  )
})

test('a token of another listing, or of nobody’s making, is refused in the words of the API', () => {
  const token = paging<number>(['one', { filter: 1 }], undefined).token(5)
  assert.equal(paging<number>(['one', { filter: 1 }], token).after, 5)
  const refuse = () => new Error('ours')
  for (const [listing, given] of [
    [['one', { filter: 2 }], token],
    [['one', { filter: 1 }], `${token}x`],
    [['one', { filter: 1 }], ''],
  ] as const)
    assert.throws(() => paging(listing, given, refuse), /ours/)
})
