import type { ServiceModel, Shape, ShapeRef } from '../model/service-model.ts'

/** In place of what its model calls sensitive, as CloudTrail has it. */
const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'
const secretName = /password|secret|token|credential|authorization|signature/i
const mostText = 10_240
const mostItems = 50
const mostDepth = 8

/**
 * An input or output as the security log may tell it: known members only, their names as CloudTrail has them (the first letter small),
 * without content (blobs, streams), and with what is sensitive by the model or by its name hidden. Long texts and lists are cut.
 */
export function toldParameters(
  model: ServiceModel,
  ref: ShapeRef | undefined,
  value: unknown,
): Record<string, unknown> {
  const told = ref ? tell(model, ref, value, 0) : undefined
  return (told as Record<string, unknown> | undefined) ?? {}
}

function tell(model: ServiceModel, ref: ShapeRef, value: unknown, depth: number): unknown {
  const shape = model.shapes[ref.shape] as Shape
  if (value === undefined || value === null || depth > mostDepth) return undefined
  if (shape.sensitive) return hidden
  if (shape.document || shape.streaming || ref.streaming || shape.eventstream || shape.type === 'blob') return undefined
  switch (shape.type) {
    case 'structure':
      return entries(Object.entries(shape.members ?? {}), ([name, member]) => [
        name.charAt(0).toLowerCase() + name.slice(1),
        secretName.test(name) && !hasMembers(model, member) && isSet(value, name)
          ? hidden
          : tell(model, member, (value as Record<string, unknown>)[name], depth + 1),
      ])
    case 'list':
      return (value as unknown[])
        .slice(0, mostItems)
        .map(item => tell(model, shape.member as ShapeRef, item, depth + 1))
    case 'map':
      return entries(Object.entries(value).slice(0, mostItems), ([name, item]) => [
        name,
        secretName.test(name) ? hidden : tell(model, shape.value as ShapeRef, item, depth + 1),
      ])
    case 'timestamp':
      return value instanceof Date ? value.toISOString() : undefined
    default:
      return typeof value === 'string' && value.length > mostText ? `${value.slice(0, mostText)}…` : value
  }
}

/** Of credentials, the id of the key is told. */
function hasMembers(model: ServiceModel, ref: ShapeRef): boolean {
  const shape = model.shapes[ref.shape] as Shape
  return shape.type === 'structure' || (shape.type === 'list' && hasMembers(model, shape.member as ShapeRef))
}

const isSet = (value: unknown, name: string): boolean =>
  ((value as Record<string, unknown>)[name] ?? undefined) !== undefined

const entries = <T>(all: readonly T[], told: (one: T) => [string, unknown]): Record<string, unknown> =>
  Object.fromEntries(all.map(told).filter(([, value]) => value !== undefined))
