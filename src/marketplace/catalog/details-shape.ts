import Big from 'big.js'

/**
 * The form of a change's details as data: what the Catalog API guide states for each change type, checked when a change set is
 * started. Members that a shape does not name are refused.
 */
export type DetailsShape =
  | {
      readonly is: 'string'
      readonly min?: number
      readonly max?: number
      readonly pattern?: RegExp
      readonly form?: string
      /** `null` takes the value away. */
      readonly isRemovable?: boolean
    }
  | { readonly is: 'choice'; readonly of: readonly string[] }
  | { readonly is: 'boolean' }
  | { readonly is: 'integer'; readonly min: number; readonly max?: number }
  | { readonly is: 'price'; readonly decimals: number }
  | { readonly is: 'list'; readonly of: DetailsShape; readonly min: number; readonly max: number }
  | { readonly is: 'object'; readonly members: Members; readonly exactlyOneOf?: readonly string[] }
  | { readonly is: 'variant'; readonly by: string; readonly of: Readonly<Record<string, Members>> }
  /** Known to AWS but not honoured here; the reason is the answer. */
  | { readonly is: 'refused'; readonly because: string }

export interface Member {
  readonly shape: DetailsShape
  readonly required: boolean
}

type Members = Readonly<Record<string, Member>>

/** What is wrong with `value`, each with its path; empty when it fits. */
export function detailsProblems(shape: DetailsShape, value: unknown, path: string): string[] {
  switch (shape.is) {
    case 'string':
      return stringProblems(shape, value, path)
    case 'choice':
      return shape.of.includes(value as string) ? [] : [`${path} must be one of ${shape.of.join(', ')}`]
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path} must be a boolean`]
    case 'integer':
      return Number.isSafeInteger(value) && Number(value) >= shape.min && Number(value) <= (shape.max ?? Infinity)
        ? []
        : [`${path} must be an integer from ${shape.min}${shape.max === undefined ? '' : ` to ${shape.max}`}`]
    case 'price':
      return isPrice(value, shape.decimals)
        ? []
        : [`${path} must be a non-negative decimal with up to ${shape.decimals} decimal places`]
    case 'list':
      return listProblems(shape, value, path)
    case 'object':
      return isObject(value)
        ? objectProblems(shape.members, shape.exactlyOneOf, value, path)
        : [`${path} must be an object`]
    case 'variant':
      return isObject(value) ? variantProblems(shape, value, path) : [`${path} must be an object`]
    case 'refused':
      return [`${path} is not supported: ${shape.because}`]
  }
}

type StringShape = Extract<DetailsShape, { is: 'string' }>

function stringProblems(shape: StringShape, value: unknown, path: string): string[] {
  const { min = 1, max, pattern, form, isRemovable } = shape
  if (value === null && isRemovable) return []
  if (typeof value !== 'string') return [`${path} must be a string`]
  if (value.length < min) return [`${path} must have at least ${min} character${min === 1 ? '' : 's'}`]
  if (max !== undefined && value.length > max)
    return [`${path} must have at most ${max} characters, it has ${value.length}`]
  return pattern && !pattern.test(value) ? [`${path} must be ${form}`] : []
}

function listProblems(shape: Extract<DetailsShape, { is: 'list' }>, value: unknown, path: string): string[] {
  if (!Array.isArray(value)) return [`${path} must be a list`]
  if (value.length < shape.min || value.length > shape.max)
    return [`${path} must have ${shape.min} to ${shape.max} items, it has ${value.length}`]
  return value.flatMap((item, at) => detailsProblems(shape.of, item, `${path}[${at}]`))
}

function variantProblems(shape: Extract<DetailsShape, { is: 'variant' }>, value: object, path: string): string[] {
  const name = (value as Record<string, unknown>)[shape.by]
  const members = typeof name === 'string' ? shape.of[name] : undefined
  if (!members) return [`${path}.${shape.by} must be one of ${Object.keys(shape.of).join(', ')}`]
  const { [shape.by]: _, ...rest } = value as Record<string, unknown>
  return objectProblems(members, undefined, rest, path)
}

function objectProblems(
  members: Members,
  exactlyOneOf: readonly string[] | undefined,
  value: object,
  path: string,
): string[] {
  const given = value as Record<string, unknown>
  const problems = Object.keys(given)
    .filter(name => !Object.hasOwn(members, name))
    .map(name => `${path}.${name} is not a known member`)
  for (const [name, { shape, required }] of Object.entries(members)) {
    if (given[name] !== undefined) problems.push(...detailsProblems(shape, given[name], `${path}.${name}`))
    else if (required) problems.push(`${path}.${name} is required`)
  }
  if (exactlyOneOf && exactlyOneOf.filter(name => given[name] !== undefined).length !== 1)
    problems.push(`${path} must have exactly one of ${exactlyOneOf.join(', ')}`)
  return problems
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Prices come as strings, and as numbers in AWS's own examples for machine learning products. */
function isPrice(value: unknown, decimals: number): boolean {
  const text = typeof value === 'number' && Number.isFinite(value) ? Big(value).toFixed() : value
  return typeof text === 'string' && /^\d{1,12}(\.\d+)?$/.test(text) && (text.split('.')[1] ?? '').length <= decimals
}

export const required = (shape: DetailsShape): Member => ({ shape, required: true })
export const optional = (shape: DetailsShape): Member => ({ shape, required: false })
export const text = (max: number, min = 1): DetailsShape => ({ is: 'string', min, max })
export const list = (of: DetailsShape, min: number, max: number): DetailsShape => ({ is: 'list', of, min, max })
export const object = (members: Members, exactlyOneOf?: readonly string[]): DetailsShape => ({
  is: 'object',
  members,
  ...(exactlyOneOf && { exactlyOneOf }),
})
export const refused = (because: string): Member => optional({ is: 'refused', because })
/** AWS takes https only; an installation of one's own may serve its assets by http. */
export const url = {
  is: 'string',
  max: 2000,
  pattern: /^https?:\/\/\S+$/,
  form: 'an http or https URL',
} as const satisfies DetailsShape
export const account: DetailsShape = { is: 'string', pattern: /^\d{12}$/, form: 'an account ID of 12 digits' }
export const date: DetailsShape = { is: 'string', pattern: /^\d{4}-\d{2}-\d{2}$/, form: 'a date YYYY-MM-DD' }
export const days: DetailsShape = { is: 'string', pattern: /^P[1-9]\d{0,3}D$/, form: 'an ISO 8601 duration of days' }
export const percentage: DetailsShape = {
  is: 'string',
  pattern: /^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)$/,
  form: 'a percentage from 0.00 to 100.00',
}
/** Less than a century: clients for Python know no time after the year 9999, and what has one cannot be listed by them. */
export const duration: DetailsShape = {
  is: 'string',
  pattern: /^P([1-9]\d{0,3}D|[1-9]\d{0,2}M|[1-9]\d?Y)$/,
  form: 'an ISO 8601 duration of up to 9999 days, 999 months or 99 years',
}
