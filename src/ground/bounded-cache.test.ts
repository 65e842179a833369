import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { cacheBudget, cachedBytes, createBoundedCache } from './bounded-cache.ts'

const mebibyte = 1024 * 1024
const make = () => createBoundedCache<string, number>((_key, mebibytes) => mebibytes * mebibyte)

test('all caches together stay below one number, and what was asked longest ago goes first', () => {
  const [one, two] = [make(), make()]
  one.set('a', 20)
  two.set('b', 20)
  one.set('c', 20)
  assert.equal(one.get('a'), 20)
  two.set('d', 10)
  assert.deepEqual([one.get('a'), two.get('b'), one.get('c'), two.get('d')], [20, undefined, 20, 10])
  two.set('e', 60)
  assert.deepEqual([one.size, two.size], [0, 1])
  one.clear()
  two.clear()
  assert.equal(cachedBytes(), 0)
})

test('what alone is too heavy is not kept, and leaves the others', () => {
  const cache = make()
  cache.set('a', 1)
  cache.set('b', 65)
  assert.deepEqual([cache.get('a'), cache.get('b')], [1, undefined])
  cache.set('a', 65)
  assert.deepEqual([cache.get('a'), cache.size, cachedBytes()], [undefined, 0, 0])
})

test('it behaves as a plain list in the order of use does', () => {
  const step = fc.tuple(
    fc.constantFrom('get', 'set', 'delete', 'clear'),
    fc.constantFrom(0, 1),
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.integer({ min: 1, max: 40 }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const caches = [make(), make()]
      let order: { cache: number; key: string; value: number }[] = []
      for (const [what, cache, key, value] of steps) {
        const at = order.find(entry => entry.cache === cache && entry.key === key)
        const others = order.filter(entry => entry !== at)
        if (what === 'get') {
          assert.equal(caches[cache]?.get(key), at?.value)
          if (at) order = [...others, at]
        } else if (what === 'set') {
          caches[cache]?.set(key, value)
          order = [...others, { cache, key, value }]
          const weight = () => order.reduce((sum, entry) => sum + entry.value * mebibyte + 200, 0)
          while (weight() > cacheBudget) order = order.slice(1)
        } else if (what === 'delete') {
          caches[cache]?.delete(key)
          order = others
        } else {
          caches[cache]?.clear()
          order = order.filter(entry => entry.cache !== cache)
        }
        assert.deepEqual(
          caches.map(each => each.size),
          [0, 1].map(index => order.filter(entry => entry.cache === index).length),
        )
      }
      for (const each of caches) each.clear()
    }),
  )
})

test('nothing else in the house forgets by a count of its own', () => {
  const root = new URL('../', import.meta.url).pathname
  const own = /\.keys\(\)\.next\(\)|\.size >=? \w+\) \w+\.(?:clear|delete)\(/
  const files = globSync('**/*.ts', { cwd: root }).filter(file => !file.endsWith('.test.ts'))
  assert.deepEqual(
    files.filter(file => own.test(readFileSync(`${root}${file}`, 'utf8'))),
    [],
  )
})
