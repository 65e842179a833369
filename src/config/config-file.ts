import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Setting, settings } from './settings.ts'

/** Looked for where a command is run, when no other file is named. */
export const usualFile = 'modelmart.yaml'

export interface FileEntry {
  readonly text: string
  /** `modelmart.yaml:3`. */
  readonly where: string
}

export interface ConfigFile {
  readonly entries: ReadonlyMap<string, FileEntry>
  /** Where its relative paths begin. */
  readonly base: string
}

/**
 * Reads a configuration: a YAML 1.2 mapping from the names of settings to their values; a list may be a sequence. Throws one Error with
 * everything that is wrong in it, a line each that begins with `FILE:LINE: `. Without a path it is `modelmart.yaml`, if there is one, and
 * an Error where somebody else may have put it there.
 */
export async function readConfigFile(
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<ConfigFile> {
  if (path === undefined && !existsSync(usualFile)) return { entries: new Map(), base: '.' }
  if (path === undefined) requireOwn(usualFile, environment.SUDO_UID)
  const file = path ?? usualFile
  const base = dirname(resolve(file))
  const { document, lineOf, isMap, isScalar, isSeq } = await parsed(file)
  const problems = document.errors.map(({ message, pos }) => `${lineOf(pos[0])}: ${message.split(' at line')[0]}`)
  const entries = new Map<string, FileEntry>()

  const textOf = (value: unknown): string | undefined => {
    if (isSeq(value)) {
      const items = value.items.map(textOf)
      return items.some(item => item === undefined || item.includes(',')) ? undefined : items.join(',')
    }
    return isScalar(value) && value.value !== null ? String(value.value) : undefined
  }

  const take = (key: unknown, value: unknown): string | undefined => {
    const name = isScalar(key) ? String(key.value) : ''
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined
    if (!setting) return `there is no setting ${name || 'of that kind'}${suggestion(name)}`
    const text = textOf(value)
    if (text === undefined || setting.kind.parse(text, base) === undefined) return problemOf(name, setting)
    entries.set(name, { text, where: lineOf(rangeOf(key)) })
    return undefined
  }

  const { contents } = document
  if (isMap(contents))
    for (const { key, value } of contents.items) {
      const problem = take(key, value)
      if (problem) problems.push(`${lineOf(rangeOf(key))}: ${problem}`)
    }
  else if (contents !== null && problems.length === 0)
    problems.push(`${lineOf(0)}: it must be NAME: VALUE, a line each`)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return { entries, base }
}

/**
 * It says where the data and their keys are, and whom containers may ask: nobody who works in a folder of somebody else's gets settings of theirs
 * without having named them.
 */
function requireOwn(file: string, sudoUser: string | undefined): void {
  const { uid, mode } = statSync(file)
  const user = process.getuid?.() ?? uid
  // Who has become root by sudo is who they were.
  const own = [user, 0, ...(user === 0 && sudoUser ? [Number(sudoUser)] : [])]
  const why = !own.includes(uid)
    ? 'is another user’s'
    : mode & 0o002
      ? 'can be written by every user'
      : existsSync(productFile)
        ? `lies beside ${productFile}, in a product's folder`
        : undefined
  if (why) throw new Error(`${file} ${why}. Name it by --config if it is to be used.`)
}

const productFile = 'product.json'

const rangeOf = (node: unknown): number => (node as { range?: [number] }).range?.[0] ?? 0

/** What is said of a value that is none; not the value itself, which may be a secret. */
export const problemOf = (name: string, { kind }: Setting): string => `${name} must be ${kind.says}`

async function parsed(file: string) {
  const text = readFileSync(file, 'utf8')
  // Not with the others: most commands read no file.
  const { isMap, isScalar, isSeq, LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, merge: false })
  const lineOf = (offset: number) => `${file}:${lines.linePos(offset).line || 1}`
  return { document, lineOf, isMap, isScalar, isSeq }
}

/** What was meant, where it is plain: another sign between words, or capital letters. */
function suggestion(name: string): string {
  const plain = (text: string) => text.replaceAll(/[-_. ]/g, '').toLowerCase()
  const meant = Object.keys(settings).find(known => plain(known) === plain(name))
  return meant ? `; ${meant} is one` : ''
}
