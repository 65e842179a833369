import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { zipEntries } from './zip-entries.ts'

/** A JSON document that may be a record; reading or parsing it may fail. */
export interface OsvDocument {
  /** File, and entry or line within it. */
  readonly where: string
  parse(): unknown
}

const mostBytes = 256 * 1024 ** 2
const kinds = ['.json', '.jsonl', '.ndjson', '.zip']

/**
 * The documents of a file (`.json`: a record or a list of them, `.jsonl`: one on each line, `.zip`: as OSV publishes its databases)
 * or of all such files below a directory, one at a time. Throws for a path that is none of these.
 */
export async function* osvDocuments(path: string): AsyncGenerator<OsvDocument> {
  if (statSync(path).isDirectory()) {
    for (const { name, parentPath } of files(path)) yield* fileDocuments(join(parentPath, name))
    return
  }
  if (!kinds.includes(extname(path))) throw new Error(`${path} is neither a directory nor one of ${kinds.join(', ')}`)
  yield* fileDocuments(path)
}

const files = (directory: string) =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).filter(
    entry => entry.isFile() && kinds.includes(extname(entry.name)),
  )

async function* fileDocuments(path: string): AsyncGenerator<OsvDocument> {
  if (extname(path) === '.zip') yield* zipDocuments(path)
  else if (extname(path) === '.json') yield* members(path, () => readWhole(path))
  else yield* lines(path)
}

async function* zipDocuments(path: string): AsyncGenerator<OsvDocument> {
  for await (const { name, content } of zipEntries(path, mostBytes)) {
    if (extname(name) !== '.json') continue
    const read = await content().catch((error: Error) => error)
    yield* members(`${path}, ${name}`, () => (read instanceof Error ? fail(read) : read.toString('utf8')))
  }
}

async function* lines(path: string): AsyncGenerator<OsvDocument> {
  let line = 0
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    if (text.trim() !== '') yield { where: `${path}, line ${line}`, parse: () => JSON.parse(text) }
  }
}

/** A list gives its members; anything else is one document. */
function* members(where: string, read: () => string): Generator<OsvDocument> {
  let document: unknown
  try {
    document = JSON.parse(read())
  } catch (error) {
    yield { where, parse: () => fail(error) }
    return
  }
  if (!Array.isArray(document)) yield { where, parse: () => document }
  else for (const [index, member] of document.entries()) yield { where: `${where}, [${index}]`, parse: () => member }
}

function fail(error: unknown): never {
  throw error
}

function readWhole(path: string): string {
  const { size } = statSync(path)
  if (size > mostBytes)
    throw new Error(`it has ${size} bytes, more than the ${mostBytes} of one document; give records as .jsonl or .zip`)
  return readFileSync(path, 'utf8')
}
