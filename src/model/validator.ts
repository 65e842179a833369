import { ServiceError } from '../ground/errors.ts'
import { constraintsOf, isBroken, sizeBounds } from './constraint.ts'
import { codeAt, type PlacedCodes } from './constraint-code.ts'
import type { ServiceModel, Shape, ShapeRef } from './service-model.ts'

/** One broken constraint. `value` is its text as AWS prints it; undefined when it is sensitive or has no short text. */
interface Fault {
  readonly path: string
  readonly value: string | undefined
  readonly constraint: string
}

interface Check {
  readonly model: ServiceModel
  readonly faults: Fault[]
}

/**
 * Checks a parsed input against what the model states: required members, lengths, ranges, patterns, enums. Collects every
 * violation and throws one ServiceError (of `codes`, status 400) in the form of AWS's services: "2 validation errors detected: Value
 * 'V' at 'path' failed to satisfy constraint: …; …". Items of lists of structures are addressed `tags.1.member.key`, values of
 * maps of structures `map.KEY.member.x`; lists and maps of plain values are judged as one, as AWS does.
 */
export function validate(
  model: ServiceModel,
  input: ShapeRef,
  value: unknown,
  codes: string | PlacedCodes = 'ValidationException',
): void {
  const check: Check = { model, faults: [] }
  checkValue(check, input, value, '')
  const [first] = check.faults
  if (!first) return
  throw new ServiceError(codeAt(codes, shapeOf(check, input), first.path), describe(check.faults), { status: 400 })
}

function describe(faults: readonly Fault[]): string {
  const listed = faults.slice(0, 100).map(({ path, value, constraint }) => {
    const shown = value === undefined ? '' : ` ${value}`
    return `Value${shown} at '${path}' failed to satisfy constraint: ${constraint}`
  })
  return `${faults.length} validation error${faults.length > 1 ? 's' : ''} detected: ${listed.join('; ')}`
}

function checkValue(check: Check, ref: ShapeRef, value: unknown, path: string): void {
  const shape = shapeOf(check, ref)
  if (shape.type === 'structure') checkStructure(check, shape, value as Record<string, unknown>, path)
  else if (shape.type === 'list') checkList(check, shape, value as readonly unknown[], path)
  else if (shape.type === 'map') checkMap(check, shape, value as Record<string, unknown>, path)
  else checkScalar(check, shape, value, path)
}

function checkStructure(check: Check, shape: Shape, value: Record<string, unknown>, path: string): void {
  if (shape.document) return
  for (const name of shape.required ?? []) {
    if (value[name] === undefined) check.faults.push({ path: join(path, name), value: 'null', constraint: notNull })
  }
  for (const name in value) {
    const ref = shape.members?.[name]
    if (ref && value[name] !== undefined) checkValue(check, ref, value[name], join(path, name))
  }
  if (shape.union && Object.keys(value).length !== 1) {
    check.faults.push({ path, value: undefined, constraint: 'Exactly one member must be set' })
  }
}

function checkList(check: Check, shape: Shape, items: readonly unknown[], path: string): void {
  const ref = shape.member as ShapeRef
  const item = shapeOf(check, ref)
  const shown = (): string | undefined =>
    isPlain(item) && !item.sensitive ? print(`[${items.join(', ')}]`) : undefined
  checkSize(check, shape, items.length, shown, path)
  if (isPlain(item)) {
    if (items.some(value => value === null || isBroken(item, value))) {
      check.faults.push({
        path,
        value: shown(),
        constraint: `Member must satisfy constraint: ${everyConstraint(item)}`,
      })
    }
    return
  }
  items.forEach((value, index) => {
    checkItem(check, ref, value, `${path}.${index + 1}.member`)
  })
}

function checkMap(check: Check, shape: Shape, map: Record<string, unknown>, path: string): void {
  const key = shapeOf(check, shape.key as ShapeRef)
  const item = shapeOf(check, shape.value as ShapeRef)
  const entries = Object.entries(map)
  const value = undefined
  checkSize(check, shape, entries.length, () => value, path)
  if (entries.some(([name]) => isBroken(key, name))) {
    check.faults.push({ path, value, constraint: `Map keys must satisfy constraint: ${everyConstraint(key)}` })
  }
  if (isPlain(item)) {
    if (entries.some(([, entry]) => entry === null || isBroken(item, entry))) {
      check.faults.push({ path, value, constraint: `Map value must satisfy constraint: ${everyConstraint(item)}` })
    }
    return
  }
  for (const [name, entry] of entries) checkItem(check, shape.value as ShapeRef, entry, `${path}.${name}.member`)
}

function checkItem(check: Check, ref: ShapeRef, value: unknown, path: string): void {
  if (value === null) check.faults.push({ path, value: 'null', constraint: notNull })
  else checkValue(check, ref, value, path)
}

function checkSize(check: Check, shape: Shape, size: number, value: () => string | undefined, path: string): void {
  for (const bound of sizeBounds(shape)) {
    if (!bound.holds(size)) check.faults.push({ path, value: value(), constraint: bound.text })
  }
}

function checkScalar(check: Check, shape: Shape, value: unknown, path: string): void {
  if (!isBroken(shape, value)) return
  const shown = shape.sensitive || shape.type === 'blob' ? undefined : print(String(value))
  for (const constraint of constraintsOf(shape)) {
    if (!constraint.holds(value)) check.faults.push({ path, value: shown, constraint: constraint.text })
  }
}

const notNull = 'Member must not be null'

const everyConstraint = (shape: Shape): string =>
  `[${[...constraintsOf(shape).map(constraint => constraint.text), notNull].join(', ')}]`

const isPlain = (shape: Shape): boolean => shape.type !== 'structure' && shape.type !== 'list' && shape.type !== 'map'

const shapeOf = (check: Check, ref: ShapeRef): Shape => check.model.shapes[ref.shape] as Shape

const print = (value: string): string => `'${value.length > 2048 ? `${value.slice(0, 2048)}…` : value}'`

const lowerCamel = new Map<string, string>()

function join(path: string, name: string): string {
  let lower = lowerCamel.get(name)
  if (lower === undefined) {
    lower = name.charAt(0).toLowerCase() + name.slice(1)
    lowerCamel.set(name, lower)
  }
  return path === '' ? lower : `${path}.${lower}`
}
