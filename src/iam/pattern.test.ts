// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fits, fitsArn, isArnPattern } from './pattern.ts'

const nothing = () => undefined
const wild = { wildcards: true, variables: false }

/** The plain definition, in time that grows as it likes. */
function plainly(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  if (pattern[0] === '*') return plainly(pattern.slice(1), text) || (text !== '' && plainly(pattern, text.slice(1)))
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && plainly(pattern.slice(1), text.slice(1))
}

test('wildcards match as their definition says', () => {
  const letters = (most: number, ...more: string[]) =>
    fc.array(fc.constantFrom('a', 'b', ...more), { maxLength: most }).map(list => list.join(''))
  fc.assert(
    fc.property(letters(9, '*', '?'), letters(12), (pattern, text) =>
      assert.equal(fits(pattern, text, nothing, wild), plainly(pattern, text)),
    ),
    { numRuns: 3000 },
  )
})

test('long runs, with and without ?, are found where they are', () => {
  const run = fc.array(fc.constantFrom('a', 'b', '?'), { minLength: 30, maxLength: 90 }).map(list => list.join(''))
  const around = fc.array(fc.constantFrom('a', 'b'), { maxLength: 60 }).map(list => list.join(''))
  fc.assert(
    fc.property(run, around, around, fc.boolean(), (wanted, before, after, broken) => {
      const text = before + wanted.replaceAll('?', 'c') + after
      const given = broken ? text.replace(/a/g, 'd') : text
      const expected = new RegExp(`^.*${wanted.replaceAll('?', '.')}.*$`).test(given)
      assert.equal(fits(`*${wanted}*`, given, nothing, wild), expected)
    }),
    { numRuns: 500 },
  )
})

/** Counts what matching does: each character of the text that is read. */
function readsOf(pattern: string, text: string): number {
  let reads = 0
  const counted = new Proxy(Object(text), {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads++
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        reads +=
          name === 'indexOf' ? Math.max(0, text.indexOf(...(given as [string, number])) - (given[1] as number)) : 0
        return value.apply(text, given)
      }
    },
  })
  fits(pattern, counted as string, nothing, wild)
  return reads
}

const hostile: [string, string][] = [
  [`${'*a'.repeat(3000)}b`, 'a'.repeat(8000)],
  [`*${'a'.repeat(3000)}b*`, 'a'.repeat(8000)],
  [`*${'a?'.repeat(1500)}b*`, 'a'.repeat(8000)],
  [`*b${'a'.repeat(3000)}*`, 'a'.repeat(8000)],
  ['?*'.repeat(3000), 'a'.repeat(8000)],
  [`${'*?a'.repeat(2000)}b`, 'ab'.repeat(4000)],
]
for (const [pattern, text] of hostile)
  test(`a hostile pattern reads the text a few times at most: ${pattern.slice(0, 12)}…`, () => {
    const reads = readsOf(pattern, text)
    assert.ok(reads <= 2 * (pattern.length + text.length), `${reads} reads`)
  })

test('ARNs: component by component, what is left off stands for anything', () => {
  const matches = (pattern: string, arn: string) =>
    isArnPattern(pattern, false) && fitsArn(pattern, arn, nothing, false)
  assert.equal(matches('arn:aws:s3:::box/*', 'arn:aws:s3:::box/a:b'), true)
  assert.equal(matches('arn:aws:ecr:*:repository/x', 'arn:aws:ecr:us-east-1:1:repository/x'), false)
  assert.equal(matches('arn:aws:sqs:*', 'arn:aws:sqs:us-east-1:111122223333:queue'), true)
  assert.equal(matches('arn:aws:sqs:*', 'arn:aws:sns:us-east-1:111122223333:topic'), false)
  for (const wrong of ['', 'arn', 'arn:aws', 'arn:aws:s3::box', 'urn:aws:s3:::box'])
    assert.equal(isArnPattern(wrong, false), false)
})

test('an ARN with variables: their colons divide nothing', () => {
  const lookup = (key: string) => ({ 'aws:username': ['ann'], 'aws:principaltag/box': ['box'] })[key]
  const matches = (pattern: string, arn: string) => fitsArn(pattern, arn, lookup, true)
  assert.equal(matches('arn:aws:s3:::${aws:PrincipalTag/box}/${aws:username}/*', 'arn:aws:s3:::box/ann/x:y'), true)
  assert.equal(matches('arn:aws:s3:::${aws:PrincipalTag/box}/${aws:username}/*', 'arn:aws:s3:::box/eve/x'), false)
  assert.equal(matches('arn:aws:iam::${aws:username}:user/x', 'arn:aws:iam::ann:user/x'), true)
  assert.equal(matches('arn:aws:s3:::${open', 'arn:aws:s3:::${open'), true)
})

test('variables: values are literal, defaults stand in, an unknown one matches nothing', () => {
  const lookup = (key: string) => ({ 'aws:username': ['a*n'], 'aws:tagkeys': ['x', 'y'] })[key]
  const matches = (pattern: string, text: string) => fits(pattern, text, lookup, { wildcards: true, variables: true })
  assert.equal(matches('home/${aws:username}/*', 'home/a*n/x'), true)
  assert.equal(matches('home/${aws:username}', 'home/abn'), false)
  assert.equal(matches("${aws:nobody, 'some one'}-${ aws:username }", 'some one-a*n'), true)
  assert.equal(matches('${aws:nobody}', ''), false)
  assert.equal(matches('${aws:TagKeys}', 'x'), false)
  assert.equal(matches('${*}${?}${$}', '*?$'), true)
})

test('thousands of variables that never end are read once each', () => {
  const text = '${a'.repeat(10_000)
  assert.equal(fits(text, text, nothing, { wildcards: true, variables: true }), true)
})
