import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { lineOf } from './line-of.ts'

describe('the line of a member', () => {
  it('is where its name stands', () => {
    const text = '{\n  "A": {"B": "x,}\\"", "C": [\n    1,\n    {"D":\n null}\n  ]},\n  "E": 1\n}'
    assert.equal(lineOf(text, ['A']), 2)
    assert.equal(lineOf(text, ['A', 'B']), 2)
    assert.equal(lineOf(text, ['A', 'C', 0]), 3)
    assert.equal(lineOf(text, ['A', 'C', 1]), 4)
    assert.equal(lineOf(text, ['A', 'C', 1, 'D']), 4)
    assert.equal(lineOf(text, ['E']), 7)
    assert.equal(lineOf(text, []), 1)
    assert.equal(lineOf(text, ['F']), 1)
  })

  it('is found of every member of any document, however it is written', () => {
    const pathsOf = (value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] =>
      value === null || typeof value !== 'object'
        ? [path]
        : [
            path,
            ...Object.entries(value).flatMap(([key, each]) =>
              pathsOf(each, [...path, Array.isArray(value) ? Number(key) : key]),
            ),
          ]
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const text = JSON.stringify(value, null, 2)
        const lines = text.split('\n')
        for (const path of pathsOf(value)) {
          const name = path.at(-1)
          const line = lines[lineOf(text, path) - 1] ?? ''
          if (typeof name === 'string') assert.ok(line.includes(`${JSON.stringify(name)}:`), `${path} in ${text}`)
        }
      }),
    )
  })
})
