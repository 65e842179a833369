import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../ground/errors.ts'
import { within } from '../ground/user-pattern.ts'
import { attacksOn } from './attack.fixture.ts'
import { toRegExp } from './constraint.ts'
import { load, type ModelName } from './load.ts'
import type { ServiceModel, Shape, ShapeRef } from './service-model.ts'
import { validate } from './validator.ts'

const names = readdirSync(new URL('.', import.meta.url))
  .filter(file => file.endsWith('.json') && file !== 'patches.json')
  .map(file => file.slice(0, -'.json'.length)) as ModelName[]

const messageOf = (model: ServiceModel, input: ShapeRef, value: unknown): string => {
  try {
    validate(model, input, value)
    return ''
  } catch (error) {
    assert.ok(error instanceof ServiceError)
    assert.deepEqual([error.code, error.status], ['ValidationException', 400])
    return error.message
  }
}

describe('messages', () => {
  const sagemaker = load('sagemaker')
  const input = sagemaker.operations.CreateModel?.input as ShapeRef

  it('one broken constraint', () => {
    assert.equal(
      messageOf(sagemaker, input, { ModelName: '' }),
      "1 validation error detected: Value '' at 'modelName' failed to satisfy constraint: Member must satisfy regular expression pattern: " +
        '[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?',
    )
  })

  it('all of them, with the paths of structures, lists and maps', () => {
    const value = {
      ModelName: 'a'.repeat(64),
      Tags: [{ Key: 'k', Value: 'v' }, { Value: 'v' }],
      VpcConfig: { Subnets: ['good', '@'], SecurityGroupIds: [] },
      PrimaryContainer: { Environment: { good: 'x', 'not good': 'x' } },
    }
    const faults = messageOf(sagemaker, input, value).split(/: (?=Value)|; (?=Value)/)
    assert.equal(faults[0], '5 validation errors detected')
    const paths = faults.slice(1).map(fault => / at '([^']+)'/.exec(fault)?.[1])
    assert.deepEqual(paths.sort(), [
      'modelName',
      'primaryContainer.environment',
      'tags.2.member.key',
      'vpcConfig.securityGroupIds',
      'vpcConfig.subnets',
    ])
    const all = faults.join('\n')
    assert.match(all, /Value null at 'tags\.2\.member\.key' failed to satisfy constraint: Member must not be null/)
    assert.match(
      all,
      /Value '\[good, @\]' at 'vpcConfig\.subnets' failed to satisfy constraint: Member must satisfy constraint: \[Member must have length less than or equal to 32, .*, Member must not be null\]/,
    )
    assert.match(
      all,
      /Value at 'primaryContainer\.environment' failed to satisfy constraint: Map keys must satisfy constraint: \[/,
    )
  })

  it('nothing of a sensitive value', () => {
    const runtime = load('sagemaker-runtime')
    const value = { EndpointName: 'e', Body: new Uint8Array(0), CustomAttributes: 'grün' }
    const message = messageOf(runtime, runtime.operations.InvokeEndpoint?.input as ShapeRef, value)
    assert.match(message, /^1 validation error detected: Value at 'customAttributes' failed/)
    assert.doesNotMatch(message, /gr/)
  })

  it('the payload of an invocation up to 25 MB', () => {
    const runtime = load('sagemaker-runtime')
    const ask = (size: number) =>
      messageOf(runtime, runtime.operations.InvokeEndpoint?.input as ShapeRef, {
        EndpointName: 'e',
        Body: new Uint8Array(size),
      })
    assert.equal(ask(25 * 1024 * 1024), '')
    assert.match(
      ask(25 * 1024 * 1024 + 1),
      /'body' failed to satisfy constraint: Member must have length less than or equal to 26214400/,
    )
  })
})

describe('patterns', () => {
  it('are what Java makes of them', () => {
    const matches = (pattern: string, text: string) => toRegExp(pattern).test(text)
    assert.ok(matches('\\A\\S[\\p{Print}]*\\z', 'a b'))
    assert.ok(!matches('\\A\\S[\\p{Print}]*\\z', 'a\tb'))
    assert.ok(matches('arn:[\\p{Alnum}\\-]+:x', 'arn:a-1:x'))
    assert.ok(matches('([a-z]*)$' + '{1,128}', 'abc'))
    assert.ok(matches('\\d{4}\\-\\d\\d', '2020-01'))
    assert.ok(!matches('a|b', 'ab'))
    assert.ok(!matches('.*', 'a\nb'))
  })

  it('of every model compile, and none backtracks without end on text that repeats what it repeats', () => {
    const patterns = new Set(
      names.flatMap(name => Object.values(load(name).shapes).flatMap(shape => shape.pattern ?? [])),
    )
    assert.ok(patterns.size > 150)
    assert.deepEqual(
      [...patterns].filter(pattern => backtracks(pattern, attackLength)),
      [],
    )
  })

  it('that backtrack, exponentially or quadratically, are found to', () => {
    const bad = ['^(?:[a-z0-9*]+[._/-]?)+$', '^([^/]+)*//$', '^[a-z]*[a-z0-9]*!$', '([a-z]+-?)*x', '(\\w|\\d)+!']
    assert.deepEqual(
      bad.filter(pattern => backtracks(pattern, foundLength)),
      bad,
    )
  })
})

const attackLength = 20_000
/** So long that what is quadratic takes many times the patience on the quickest machine. */
const foundLength = 10 * attackLength
/** Of this thread's own time: a text that is read once takes a hundredth of it, one that is read for each of its letters ten times as much. */
const patienceMs = 200

function backtracks(pattern: string, length: number): boolean {
  const expression = toRegExp(pattern)
  return attacksOn(expression, length).some(text => within(patienceMs, () => [expression.test(text)]) === undefined)
}

/** Text that a pattern takes, found among what AWS's patterns are about, or generated; undefined when neither helps. */
const samples = [
  'a',
  'abc',
  'abcdefghijklmnopqrstuvwx',
  '1',
  '123456789012',
  'a/b',
  '/a/',
  '/',
  's3://bucket/key',
  'https://host/path',
  '1.0',
  '2020-01-01T00:00:00Z',
  'us-east-1',
  'a:b',
  'arn:aws:iam::123456789012:role/r',
  'arn:aws:sagemaker:us-east-1:123456789012:model/m',
  'arn:aws:sagemaker:us-east-1:123456789012:hub-content/a/Model/b',
  'sha256:abcdef',
  'sg-12345678',
  'p-abc',
  'P1D',
  'a@1',
  'A',
]
const valueFor = (shape: Shape): string | undefined => {
  const { min = 0, max = 1_000_000, pattern, enum: values } = shape
  if (values) return values[0]
  if (!pattern) return 'a'.repeat(Math.max(min, Math.min(1, max)))
  const expression = toRegExp(pattern)
  const fits = (text: string) => text.length >= min && text.length <= max && expression.test(text)
  const lengthened = ['a', '1', 'A'].map(unit => unit.repeat(Math.max(min, 1)))
  const found = [...samples, ...lengthened].find(fits)
  if (found !== undefined) return found
  try {
    const generated = fc.sample(fc.stringMatching(new RegExp(expression.source), { size: 'small' }), {
      numRuns: 200,
      seed: 1,
    })
    return generated.find(fits)
  } catch {
    return undefined
  }
}

/** The least value that a shape takes; undefined when there is none to be found. */
function least(model: ServiceModel, ref: ShapeRef, depth = 0): unknown {
  const shape = model.shapes[ref.shape] as Shape
  if (depth > 12) return undefined
  switch (shape.type) {
    case 'structure': {
      if (shape.document) return {}
      const chosen = shape.union ? Object.keys(shape.members ?? {}).slice(0, 1) : (shape.required ?? [])
      const members = chosen.map(name => [name, least(model, shape.members?.[name] as ShapeRef, depth + 1)] as const)
      return members.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(members)
    }
    case 'list': {
      const item = shape.min ? least(model, shape.member as ShapeRef, depth + 1) : 0
      return item === undefined ? undefined : Array.from({ length: shape.min ?? 0 }, () => item)
    }
    case 'map': {
      const [key, value] = [shape.key, shape.value].map(part => least(model, part as ShapeRef, depth + 1))
      return shape.min ? { [String(key)]: value } : {}
    }
    case 'string':
    case 'character':
      return valueFor(shape)
    case 'boolean':
      return true
    case 'timestamp':
      return new Date(0)
    case 'blob':
      return new Uint8Array(shape.min ?? 0)
    default:
      return shape.min ?? Math.min(1, shape.max ?? 1)
  }
}

interface Breach {
  readonly path: string
  readonly constraint: string
  readonly value: unknown
}

const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** Every way to break one constraint at or below a place: `rebuild` puts a value there into a whole input. */
function* breaches(
  model: ServiceModel,
  ref: ShapeRef,
  path: string,
  rebuild: (value: unknown) => unknown,
  visited: readonly string[],
): Generator<Breach> {
  const shape = model.shapes[ref.shape] as Shape
  if (visited.includes(ref.shape) || shape.document) return
  const breach = (constraint: string, value: unknown): Breach => ({ path, constraint, value: rebuild(value) })
  const numeric = ['integer', 'long', 'float', 'double'].includes(shape.type)
  const size = (length: number): unknown => {
    if (numeric) return length
    if (shape.type === 'blob') return new Uint8Array(length)
    return shape.type === 'list'
      ? Array.from({ length }, () => least(model, shape.member as ShapeRef))
      : 'a'.repeat(length)
  }
  if (shape.type !== 'map' && shape.type !== 'structure') {
    const what = numeric ? 'value' : 'length'
    if (shape.max !== undefined && (numeric || shape.max < 100_000))
      yield breach(`Member must have ${what} less than or equal to ${shape.max}`, size(shape.max + 1))
    if (shape.min && (numeric || shape.min > 0))
      yield breach(`Member must have ${what} greater than or equal to ${shape.min}`, size(shape.min - 1))
    if (shape.enum) yield breach('Member must satisfy enum value set: [', 'no such value')
    if (shape.pattern && !toRegExp(shape.pattern).test('\u0007\n'))
      yield breach(`Member must satisfy regular expression pattern: ${shape.pattern}`, '\u0007\n')
  }
  if (shape.type === 'structure' && !shape.union) {
    const base = least(model, ref) as Record<string, unknown> | undefined
    if (!base) return
    for (const name of shape.required ?? []) {
      const at = path === '' ? lower(name) : `${path}.${lower(name)}`
      yield { path: at, constraint: 'Member must not be null', value: rebuild({ ...base, [name]: undefined }) }
    }
    for (const [name, member] of Object.entries(shape.members ?? {})) {
      const at = path === '' ? lower(name) : `${path}.${lower(name)}`
      yield* breaches(model, member, at, value => rebuild({ ...base, [name]: value }), [...visited, ref.shape])
    }
  }
  const item = shape.type === 'list' ? (shape.member as ShapeRef) : undefined
  const itemShape = item && model.shapes[item.shape]
  if (item && (itemShape?.type === 'structure' || itemShape?.type === 'list')) {
    yield* breaches(
      model,
      item,
      `${path}.1.member`,
      value => rebuild([value, ...(size(Math.max((shape.min ?? 0) - 1, 0)) as unknown[])]),
      [...visited, ref.shape],
    )
  }
}

describe('every constraint of every operation, broken once', () => {
  for (const name of names) {
    it(name, () => {
      const model = load(name)
      let tried = 0
      let unknown = 0
      for (const operation of Object.values(model.operations)) {
        if (!operation.input) continue
        const valid = least(model, operation.input)
        if (valid === undefined) unknown++
        else assert.equal(messageOf(model, operation.input, valid), '', operation.name)
        for (const { path, constraint, value } of breaches(model, operation.input, '', whole => whole, [])) {
          const message = messageOf(model, operation.input, value)
          assert.ok(
            message.includes(`at '${path}' failed to satisfy constraint: ${constraint}`),
            `${operation.name} ${path}: ${constraint}\n${message}`,
          )
          tried++
        }
      }
      assert.ok(tried > 5, `${tried} breaches tried`)
      assert.equal(unknown, 0, 'operations without a valid input')
    })
  }
})
