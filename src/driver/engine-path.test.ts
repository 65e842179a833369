import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { at } from './engine-path.ts'

it('keeps a name one part of the path, whatever it holds', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom('../containers/x?force=true', '..%2f..', 'a/b', '?', '#', '\\..\\'),
  )
  fc.assert(
    fc.property(part, name => {
      if (['', '.', '..'].includes(name)) return assert.throws(() => at`/networks/${name}/x`)
      const url = new URL(at`/networks/${name}/x`, 'http://engine')
      const [, first, second, third, ...more] = url.pathname.split('/')
      assert.deepEqual([first, decodeURIComponent(second as string), third, more], ['networks', name, 'x', []])
      assert.equal(url.search + url.hash, '')
    }),
  )
})
