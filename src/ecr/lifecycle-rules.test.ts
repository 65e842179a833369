import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluateRules, type RuledImage, readLifecyclePolicy } from './lifecycle-rules.ts'

const day = 86_400_000
const now = 100 * day

/** Images by age in days; the name is the digest. */
const image = (digest: string, age: number, ...tags: string[]): RuledImage => ({
  digest,
  pushed: now - age * day,
  tags,
})

const rule = (rulePriority: number, selection: object) => ({ rulePriority, selection, action: { type: 'expire' } })

const expired = (rules: object[], images: RuledImage[]): string[] =>
  [...evaluateRules(readLifecyclePolicy(JSON.stringify({ rules })), images, now).expired.keys()].sort()

const older = (countNumber: number) => ({ countType: 'sinceImagePushed', countUnit: 'days', countNumber })
const beyond = (countNumber: number) => ({ countType: 'imageCountMoreThan', countNumber })

test('images expire by age and by count, oldest first', () => {
  const images = [image('a', 1), image('b', 5), image('c', 9)]
  assert.deepEqual(expired([rule(1, { tagStatus: 'untagged', ...older(5) })], images), ['b', 'c'])
  assert.deepEqual(expired([rule(1, { tagStatus: 'any', ...beyond(1) })], images), ['b', 'c'])
})

test('prefixes and patterns must each fit one of the tags', () => {
  const images = [image('a', 9, 'prod-1', 'blue'), image('b', 9, 'prod-2'), image('c', 9, 'dev-1'), image('d', 9)]
  const select = (selection: object) => expired([rule(1, { tagStatus: 'tagged', ...selection, ...older(1) })], images)
  assert.deepEqual(select({ tagPrefixList: ['prod'] }), ['a', 'b'])
  assert.deepEqual(select({ tagPrefixList: ['prod', 'blue'] }), ['a'])
  assert.deepEqual(select({ tagPatternList: ['*-1'] }), ['a', 'c'])
  assert.deepEqual(select({ tagPatternList: ['*'] }), ['a', 'b', 'c'])
})

test('an image of a rule is safe from later rules, which count it all the same', () => {
  const images = [image('new', 1, 'prod-1'), image('mid', 5, 'x'), image('old', 9, 'prod-0')]
  const rules = [
    rule(2, { tagStatus: 'any', ...beyond(1) }),
    rule(1, { tagStatus: 'tagged', tagPrefixList: ['prod'], ...beyond(5) }),
  ]
  assert.deepEqual(expired(rules, images), ['mid'])
})

test('the next time is when the first image becomes due', () => {
  const rules = readLifecyclePolicy(JSON.stringify({ rules: [rule(1, { tagStatus: 'any', ...older(10) })] }))
  assert.equal(evaluateRules(rules, [image('a', 4), image('b', 9)], now).nextAt, now + day)
  assert.equal(evaluateRules(rules, [], now).nextAt, undefined)
})

test('policies that are wrong or not honoured are refused with the reason', () => {
  const untagged = { tagStatus: 'untagged', ...beyond(1) }
  const cases: [unknown, RegExp][] = [
    ['{', /JSON/],
    [{ rules: [] }, /at least one rule/],
    [{ rules: [rule(1, untagged), rule(1, { tagStatus: 'any', ...beyond(1) })] }, /rulePriority can be given once/],
    [{ rules: [rule(1, { tagStatus: 'any', ...beyond(1) }), rule(2, untagged)] }, /highest rulePriority/],
    [{ rules: [rule(1, untagged), rule(2, untagged)] }, /only one rule can have tagStatus 'untagged'/],
    [{ rules: [rule(1, { tagStatus: 'tagged', ...beyond(1) })] }, /needs either tagPrefixList or tagPatternList/],
    [{ rules: [rule(1, { ...untagged, tagPrefixList: ['a'] })] }, /others have neither/],
    [{ rules: [rule(1, { ...untagged, countType: 'sinceImagePulled' })] }, /countType must be/],
    [{ rules: [rule(1, { ...untagged, countUnit: 'days' })] }, /countUnit/],
    [{ rules: [rule(1, { ...untagged, countNumber: 0 })] }, /countNumber/],
    [{ rules: [{ ...rule(1, untagged), action: { type: 'transition' } }] }, /never archived/],
    [{ rules: [{ ...rule(1, untagged), more: 1 }] }, /has 'more'/],
    [{ rules: [rule(1, { tagStatus: 'tagged', tagPatternList: ['*a*b*c*d*'], ...beyond(1) })] }, /four wildcards/],
  ]
  for (const [policy, message] of cases)
    assert.throws(() => readLifecyclePolicy(typeof policy === 'string' ? policy : JSON.stringify(policy)), {
      code: 'InvalidParameterException',
      message,
    })
})
