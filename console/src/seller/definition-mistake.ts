import type { DocumentShape } from './definition-shapes.ts'

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The first thing that is wrong with a document, by the name of its member; undefined where all of it fits. */
export function definitionMistake(value: unknown, shape: DocumentShape, at = ''): string | undefined {
  const here = at === '' ? 'The document' : at
  if (typeof shape === 'string') return simpleMistake(value, shape, here)
  if (Array.isArray(shape))
    return shape.includes(value) ? undefined : `${here} is ${shape.slice(0, -1).join(', ')} or ${shape.at(-1)}.`
  if (isList(shape)) {
    if (!Array.isArray(value)) return `${here} is a list.`
    return first(value.map((item, index) => () => definitionMistake(item, shape.list, `${at}[${index}]`)))
  }
  if (!isObject(value)) return `${here} is an object.`
  const members = shape as Readonly<Record<string, DocumentShape>>
  return first(
    Object.entries(value).map(([name, member]) => () => {
      const path = at === '' ? name : `${at}.${name}`
      const known = Object.hasOwn(members, name) ? members[name] : undefined
      return known === undefined
        ? `${path} is no member. There are ${Object.keys(members).join(', ')}.`
        : definitionMistake(member, known, path)
    }),
  )
}

const isList = (shape: object): shape is { readonly list: DocumentShape } => 'list' in shape

function simpleMistake(value: unknown, shape: string, here: string): string | undefined {
  if (shape === 'map')
    return isObject(value) && Object.values(value).every(each => typeof each === 'string')
      ? undefined
      : `${here} is an object of texts.`
  const words: Readonly<Record<string, string>> = { string: 'a text', number: 'a number', boolean: 'true or false' }
  return typeof value === shape ? undefined : `${here} is ${words[shape]}.`
}

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const mistake = check()
    if (mistake !== undefined) return mistake
  }
  return undefined
}

/** The document with one member changed: `TransformInput.SplitType`. */
export function withMember(document: unknown, path: string, value: string): unknown {
  const [name = '', ...rest] = path.split('.')
  const begun = isObject(document) ? document : {}
  return { ...begun, [name]: rest.length === 0 ? value : withMember(begun[name], rest.join('.'), value) }
}

/** What stands at a member; empty where there is nothing. */
export function memberOf(document: unknown, path: string): string {
  const found = path.split('.').reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), document)
  return typeof found === 'string' ? found : ''
}
