import type { ServiceModel, Shape, ShapeRef } from '../model/service-model.ts'

/**
 * What is wrong with an operation's output by its model: `path: problem` for each required member that a structure lacks, each value of
 * another type and each word outside of its enumeration. Clients with types of their own (Go, Rust, Java) fail on such an answer, or read
 * a zero. Streams and documents are what they are.
 */
export function answerProblems(model: ServiceModel, ref: ShapeRef, output: unknown): string[] {
  const problems: string[] = []
  check(model, ref, output, '', problem => problems.push(problem))
  return problems
}

type Tell = (problem: string) => void

function check(model: ServiceModel, ref: ShapeRef, value: unknown, path: string, tell: Tell): void {
  const shape = model.shapes[ref.shape] as Shape
  if (shape.document || shape.eventstream || shape.streaming || ref.streaming) return
  if (!hasType(shape, value)) tell(`${path || ref.shape}: ${nameOf(value)} where a ${shape.type} belongs`)
  else if (shape.type === 'structure') checkStructure(model, ref, value as Record<string, unknown>, path, tell)
  else if (shape.type === 'list') {
    for (const [at, item] of (value as unknown[]).entries())
      check(model, shape.member as ShapeRef, item, `${path}[${at}]`, tell)
  } else if (shape.type === 'map') {
    for (const [key, entry] of Object.entries(value as object).filter(([, entry]) => entry !== undefined))
      check(model, shape.value as ShapeRef, entry, `${path}.${key}`, tell)
  } else if (shape.enum && !shape.enum.includes(value as string)) tell(`${path}: '${value}' is none of its words`)
}

/** What AWS itself leaves out, against its model: a job has no artifacts before it has made some. */
const leftOut: Readonly<Record<string, readonly string[]>> = { DescribeTrainingJobResponse: ['ModelArtifacts'] }

function checkStructure(
  model: ServiceModel,
  ref: ShapeRef,
  value: Record<string, unknown>,
  path: string,
  tell: Tell,
): void {
  const shape = model.shapes[ref.shape] as Shape
  const required = (shape.required ?? []).filter(name => !leftOut[ref.shape]?.includes(name))
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const isSet = (name: string): boolean => value[name] !== undefined && value[name] !== null
  for (const name of required) if (!isSet(name)) tell(`${at(name)}: required and missing`)
  for (const [name, member] of Object.entries(shape.members ?? {}))
    if (isSet(name)) check(model, member, value[name], at(name), tell)
}

function hasType(shape: Shape, value: unknown): boolean {
  switch (shape.type) {
    case 'structure':
    case 'map':
      return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
    case 'list':
      return Array.isArray(value)
    case 'string':
    case 'character':
      return typeof value === 'string'
    case 'boolean':
      return typeof value === 'boolean'
    case 'integer':
    case 'long':
      return Number.isSafeInteger(value)
    case 'float':
    case 'double':
      return typeof value === 'number'
    case 'timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime())
    case 'blob':
      return value instanceof Uint8Array
  }
}

const nameOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : value instanceof Date ? 'a date' : `a ${typeof value}`
