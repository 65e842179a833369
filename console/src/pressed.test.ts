import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Controls that no test presses, and why. */
const unpressed: Readonly<Record<string, string>> = {
  Choose: 'heard as Choose NAME, which account-services.test.ts presses',
  'Compare inputs': 'heard as Compare inputs of VARIANT, which input-drift.test.ts presses',
  'Create machine learning product': 'leads to the page that selling.test.ts comes to from what is certified',
  Density: 'the heading of a menu’s entries, which are pressed',
  'Role history': 'the heading of a menu’s entries, which are pressed',
  'Visual mode': 'the heading of a menu’s entries, which are pressed',
}

// biome-ignore lint/suspicious/noExplicitAny: ESTree, by the names of its members
type Any = any

/** Where a control says what it does, besides between its tags: attributes, and `text` of what can be run, asked or chosen. */
const attributes = /^(submitText|verb|addButtonText|add)$/
const acts = /^(run|ask|id)$/

function* nodesOf(node: Any): Generator<Any> {
  if (node === null || typeof node !== 'object') return
  if (typeof node.type === 'string') yield node
  for (const value of Object.values(node)) yield* nodesOf(value)
}

const nameOf = ({ key }: Any): string => key?.name ?? key?.value ?? ''

/** The expressions of a node that a control is called by. */
function saidBy(node: Any): Any[] {
  if (node.type === 'JSXElement' && /^(Pick)?Button$/.test(node.openingElement.name.name ?? ''))
    return node.children.filter(({ type }: Any) => type === 'JSXExpressionContainer').map((one: Any) => one.expression)
  if (node.type === 'JSXAttribute' && attributes.test(node.name.name)) return [node.value?.expression ?? node.value]
  if (node.type !== 'ObjectExpression') return []
  const text = node.properties.find((property: Any) => nameOf(property) === 'text')
  const isControl = node.properties.some((property: Any) => acts.test(nameOf(property)))
  return text && isControl ? [text.value] : []
}

type Known = ReadonlyMap<string, readonly Any[]>

/** What an expression may be: of texts, all that they say in it; nothing of what is only known when it runs. */
function valuesOf(node: Any, known: Known): Any[] {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? [node.value] : []
  if (node?.type === 'Identifier') return [...(known.get(node.name) ?? [])]
  if (node?.type === 'ConditionalExpression')
    return [node.consequent, node.alternate].flatMap(one => valuesOf(one, known))
  if (node?.type === 'MemberExpression')
    return valuesOf(node.object, known).flatMap(value =>
      node.computed ? Object.values(value) : [value?.[node.property.name]],
    )
  // What is made of a name is known by what stands around it.
  if (node?.type === 'CallExpression')
    return valuesOf(node.callee, known).flatMap(value => (typeof value === 'function' ? [value('\0', '\0')] : []))
  return []
}

async function knownIn(path: string, body: Any): Promise<Known> {
  const known = new Map<string, Any[]>()
  const note = (name: string, values: readonly Any[]) => known.set(name, [...(known.get(name) ?? []), ...values])
  for (const { type, source, specifiers } of body.body)
    if (type === 'ImportDeclaration' && source.value.startsWith('.')) {
      const from = join(dirname(path), source.value)
      for (const { local, imported } of specifiers)
        if (/texts\.ts$/.test(from)) note(local.name, [(await import(from))[imported.name]])
        else note(local.name, stringOf(from, imported?.name))
    }
  // Twice: one may stand before what it is made of.
  for (const node of [...nodesOf(body), ...nodesOf(body)])
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init?.type !== 'CallExpression') {
      const values = valuesOf(node.init, known).filter(value => value !== undefined)
      if (values.length > 0) note(node.id.name, values)
    }
  return known
}

/** An exported constant of a file that is a string. */
function stringOf(path: string, name = ''): string[] {
  const found = new RegExp(`export const ${name} = '([^']+)'`).exec(readFileSync(path, 'utf8'))
  return found?.[1] === undefined ? [] : [found[1]]
}

/** The words on all lists' buttons that make one. */
function createWords(texts: Any): string[] {
  if (texts === null || typeof texts !== 'object') return []
  const own = typeof texts.create === 'string' ? [texts.create] : []
  return [...own, ...Object.values(texts).flatMap(createWords)]
}

async function labels(): Promise<Set<string>> {
  const found: Any[] = []
  for (const name of globSync('src/**/*.{ts,tsx}', { cwd: root })) {
    if (name.endsWith('.test.ts') || name.endsWith('.d.ts')) continue
    const path = root + name
    if (name.endsWith('texts.ts')) found.push(...createWords(await import(path)))
    const body = parseAst(readFileSync(path, 'utf8'), { lang: name.endsWith('x') ? 'tsx' : 'ts' })
    const known = await knownIn(path, body)
    for (const node of nodesOf(body)) for (const said of saidBy(node)) found.push(...valuesOf(said, known))
  }
  const longest = (text: string) =>
    text
      .split('\0')
      .sort((one, other) => other.length - one.length)[0]
      ?.trim() ?? ''
  return new Set(found.filter(value => typeof value === 'string').map(longest))
}

/** What tests look for, as it stands in them. */
function sought(): (label: string) => boolean {
  const exact = new Set<string>()
  let inside = ''
  for (const name of globSync('test/**/*.ts', { cwd: root }))
    for (const node of nodesOf(parseAst(readFileSync(root + name, 'utf8'), { lang: 'ts' }))) {
      if (node.type === 'Literal' && typeof node.value === 'string') exact.add(node.value)
      if (node.type === 'Literal' && node.regex) inside += `${node.regex.pattern.replaceAll(/\\([.()?/])/g, '$1')}\n`
      if (node.type === 'TemplateElement') inside += `${node.value.cooked}\n`
    }
  // `Format: NAME` is the button that says Format, heard with what it formats.
  const before = new Set([...exact].map(text => text.split(':')[0]))
  return label => exact.has(label) || before.has(label) || inside.includes(label)
}

it('what can be pressed is pressed by a test, or stands here with a reason', async () => {
  const all = await labels()
  const isSought = sought()
  assert.ok(all.size > 120, `only ${all.size} were found`)
  const never = [...all].filter(label => label !== '' && !isSought(label))
  console.log(all.size, [...all].join(' | '))
  assert.deepEqual(never.sort(), Object.keys(unpressed).sort())
})
