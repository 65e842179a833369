import type { DocumentShape } from './definition-shapes.ts'

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Path = readonly (string | number)[]

/** What is wrong, and where: `['InputDataConfig', 0, 'InputMode']`. */
export interface Mistake {
  readonly path: Path
  readonly text: string
}

/** The first thing that is wrong with a document, by the name of its member; undefined where all of it fits. */
export function definitionMistake(value: unknown, shape: DocumentShape, path: Path = []): Mistake | undefined {
  if (typeof shape === 'string') return fits(value, shape) ? undefined : wrong(path, `must be ${kinds[shape]}`)
  if (Array.isArray(shape))
    return shape.includes(value)
      ? undefined
      : wrong(path, `must be ${shape.slice(0, -1).join(', ')} or ${shape.at(-1)}`)
  if (isList(shape))
    return Array.isArray(value)
      ? first(value.map((item, index) => () => definitionMistake(item, shape.list, [...path, index])))
      : wrong(path, 'must be a list')
  if (!isObject(value)) return wrong(path, 'must be an object')
  const members = shape as Readonly<Record<string, DocumentShape>>
  return first(
    Object.entries(value).map(([name, member]) => () => {
      const known = Object.hasOwn(members, name) ? members[name] : undefined
      return known === undefined
        ? wrong([...path, name], `is no member. There are ${Object.keys(members).join(', ')}`)
        : definitionMistake(member, known, [...path, name])
    }),
  )
}

/** `InputDataConfig[0].InputMode must be …`. */
function wrong(path: Path, why: string): Mistake {
  const name = path.map(part => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
  return { path, text: `${name === '' ? 'The document' : name.replace(/^\./, '')} ${why}.` }
}

const isList = (shape: object): shape is { readonly list: DocumentShape } => 'list' in shape

const kinds: Readonly<Record<string, string>> = {
  ...{ string: 'a text', number: 'a number', boolean: 'true or false', map: 'an object of texts' },
}

const fits = (value: unknown, kind: string): boolean =>
  kind === 'map'
    ? isObject(value) && Object.values(value).every(each => typeof each === 'string')
    : typeof value === kind

function first(checks: readonly (() => Mistake | undefined)[]): Mistake | undefined {
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
