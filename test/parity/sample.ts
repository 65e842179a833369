import fc from 'fast-check'
import { isBroken, toRegExp } from '../../src/model/constraint.ts'
import type { ServiceModel, Shape, ShapeRef } from '../../src/model/service-model.ts'

/** A value that a model allows: required members only, each as short as it may be. Throws when none can be found. */
export function sampleOf(model: ServiceModel, ref: ShapeRef, within: readonly string[] = []): unknown {
  const shape = model.shapes[ref.shape] as Shape
  const deeper = [...within, ref.shape]
  if (shape.type === 'structure') {
    if (shape.eventstream) return undefined
    const members = shape.union ? Object.keys(shape.members ?? {}).slice(0, 1) : (shape.required ?? [])
    const entries = members.map(name => [name, sampleOf(model, shape.members?.[name] as ShapeRef, deeper)] as const)
    return Object.fromEntries(entries)
  }
  if (shape.type === 'list')
    return Array.from({ length: Math.max(shape.min ?? 0, within.includes(ref.shape) ? 0 : 1) }, () =>
      sampleOf(model, shape.member as ShapeRef, deeper),
    )
  if (shape.type === 'map')
    return {
      [sampleText(model.shapes[shape.key?.shape ?? ''] as Shape)]: sampleOf(model, shape.value as ShapeRef, deeper),
    }
  return scalar(shape)
}

function scalar(shape: Shape): unknown {
  if (shape.type === 'boolean') return true
  if (shape.type === 'timestamp') return new Date(1_700_000_000_000)
  if (shape.type === 'blob') return new Uint8Array(Math.max(1, shape.min ?? 1))
  if (shape.type === 'string' || shape.type === 'character') return sampleText(shape)
  return Math.max(shape.min ?? 1, 1) > (shape.max ?? Number.POSITIVE_INFINITY) ? shape.max : Math.max(shape.min ?? 1, 1)
}

const found = new WeakMap<Shape, string>()

const words = [
  ...[
    'a',
    'A',
    '1',
    'abc',
    'true',
    '2024-01-01',
    '1.0.0',
    'text/csv',
    's3://bucket/key',
    '/metrics',
    'ml.m5.large',
    '123456789012',
  ],
  ...[
    'arn:aws:iam::123456789012:role/name',
    'arn:aws:iam::123456789012:mfa/name',
    'arn:aws:iam::123456789012:user/name',
  ],
  ...[
    'arn:aws:sagemaker:us-east-1:123456789012:model-package/name',
    `sha256:${'0'.repeat(64)}`,
    '{}',
    '2026-01-01T00:00:00Z',
  ],
]

function sampleText(shape: Shape): string {
  const known = found.get(shape)
  if (known !== undefined) return known
  const made =
    shape.enum?.[0] ?? words.map(word => stretch(word, shape)).find(word => fits(shape, word)) ?? search(shape)
  found.set(shape, made)
  return made
}

const stretch = (word: string, { min = 0 }: Shape): string =>
  word.length < min ? word + (word.at(-1) as string).repeat(min - word.length) : word

const fits = (shape: Shape, text: string): boolean => !isBroken(shape, text)

function search(shape: Shape): string {
  const texts = fc.sample(fc.stringMatching(toRegExp(shape.pattern as string)), { numRuns: 200, seed: 1 })
  const text = texts.map(word => stretch(word, shape)).find(word => fits(shape, word))
  if (text === undefined) throw new Error(`no sample of ${JSON.stringify(shape)}`)
  return text
}

/** The same with a member at a path of members (lists and maps get one item) set to `value`, or to a sample when undefined. */
export function withMember(
  model: ServiceModel,
  ref: ShapeRef,
  base: unknown,
  path: readonly string[],
  value?: unknown,
): unknown {
  const shape = model.shapes[ref.shape] as Shape
  if (shape.type === 'list') {
    const [first = sampleOf(model, shape.member as ShapeRef), ...rest] = (base as unknown[] | undefined) ?? []
    return [withMember(model, shape.member as ShapeRef, first, path, value), ...rest]
  }
  if (shape.type === 'map' && path.length > 0) {
    const [key, first] = Object.entries((base ?? sampleOf(model, ref)) as object)[0] as [string, unknown]
    return { [key]: withMember(model, shape.value as ShapeRef, first, path, value) }
  }
  const [name, ...rest] = path
  if (name === undefined) return value ?? base ?? sampleOf(model, ref)
  const members = (base ?? sampleOf(model, ref)) as Record<string, unknown>
  const member = shape.members?.[name]
  if (!member) throw new Error(`${ref.shape} has no member ${name}`)
  return { ...members, [name]: withMember(model, member, members[name], rest, value) }
}

/** The shape of a member at a path; of a list's or map's items when it ends at one. */
export function shapeAt(model: ServiceModel, ref: ShapeRef, path: readonly string[]): Shape {
  const shape = model.shapes[ref.shape] as Shape
  if (shape.type === 'list') return shapeAt(model, shape.member as ShapeRef, path)
  if (shape.type === 'map') return shapeAt(model, shape.value as ShapeRef, path)
  const [name, ...rest] = path
  return name === undefined ? shape : shapeAt(model, shape.members?.[name] as ShapeRef, rest)
}
