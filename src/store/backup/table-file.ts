import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { type Page, pageRows, type TableShape, type Value } from './row-copy.ts'

export interface WrittenTable extends TableShape {
  readonly rows: number
  /** Of the file's text, in hexadecimal digits. */
  readonly sha256: string
}

/** Writes rows as JSON lines, gzip: an array each, in the order of the columns; bytes are `{"base64": "…"}`. It is on the disk when this resolves. */
export async function writeTable(path: string, shape: TableShape, pages: AsyncIterable<Page>): Promise<WrittenTable> {
  const hash = createHash('sha256')
  let rows = 0
  async function* lines() {
    for await (const page of pages) {
      const text = page.map(row => `${JSON.stringify(row.map(encoded))}\n`).join('')
      rows += page.length
      hash.update(text)
      yield text
    }
  }
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
  await pipeline(Readable.from(lines()), createGzip({ level: 1 }), file)
  return { ...shape, rows, sha256: hash.digest('hex') }
}

/** Reads it again. Throws an Error at its end when it is not what was written. */
export async function* readTable(path: string, written: WrittenTable): AsyncGenerator<Page> {
  const hash = createHash('sha256')
  let rows = 0
  let page: (readonly Value[])[] = []
  for await (const line of linesOf(createReadStream(path).pipe(createGunzip()), path)) {
    hash.update(line).update('\n')
    page.push((JSON.parse(line) as unknown[]).map(decoded))
    rows++
    if (page.length < pageRows) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
  if (rows !== written.rows || hash.digest('hex') !== written.sha256)
    throw new Error(`${path} is damaged: it does not hold the ${written.rows} rows that were written`)
}

/** No row is as long: what goes on without an end is no table, and would take all memory. */
const longestLine = 256 * 1024 ** 2

/** By line feeds alone: texts in JSON may hold other ends of lines. */
async function* linesOf(bytes: AsyncIterable<Buffer>, path: string): AsyncGenerator<string> {
  let rest: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of bytes) {
      let begin = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, begin)) {
        yield Buffer.concat([...rest, chunk.subarray(begin, end)]).toString()
        rest = []
        length = 0
        begin = end + 1
      }
      if (begin === chunk.length) continue
      rest.push(chunk.subarray(begin))
      length += chunk.length - begin
      if (length > longestLine) throw new Error(`a line is longer than ${longestLine} bytes`)
    }
  } catch (cause) {
    throw new Error(`${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
  if (rest.length > 0) throw new Error(`${path} is damaged: its last line has no end`)
}

function encoded(value: Value): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${value} cannot be kept`)
  return value
}

const decoded = (value: unknown): Value =>
  typeof value === 'object' && value !== null
    ? Buffer.from((value as { base64: string }).base64, 'base64')
    : (value as Value)
