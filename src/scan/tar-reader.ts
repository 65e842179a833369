import { bodyless, type TarHeader, type TarType, tarHeader } from './tar-header.ts'
import { UnreadableLayer } from './unreadable-layer.ts'

/** A member of an archive, its name and link as the archive writes them. */
export interface TarEntry {
  readonly name: string
  readonly type: TarType
  readonly link: string
  readonly size: number
  /** Only when `keep` asked for it. */
  readonly content?: Buffer
}

const blockSize = 512
const mostExtensionBytes = 1024 ** 2

/**
 * The members of a tar archive (ustar, pax, GNU), reading every byte and keeping only what `keep` asks for by returning true.
 * Like the engines it takes an archive that ends on a block without an end mark. Throws UnreadableLayer for damage.
 */
export async function* readTar(
  chunks: AsyncIterable<Buffer>,
  keep: (entry: TarEntry) => boolean,
): AsyncGenerator<TarEntry> {
  const bytes = byteReader(chunks)
  let extended: Record<string, string> = {}
  for (;;) {
    const offset = bytes.offset()
    const block = await bytes.read(blockSize)
    if (block.length === 0 || isZero(block)) break
    if (block.length < blockSize) throw truncated(offset)
    const header = tarHeader(block, offset)
    if (header.type === 'extension') {
      extended = { ...extended, ...(await extension(bytes, header.flag, header.size, offset)) }
      continue
    }
    const entry = { ...header, ...overrides(extended, header, offset) }
    extended = {}
    const content = keep(entry) ? await exactly(bytes, entry.size, offset) : undefined
    await skipped(bytes, padded(entry.size) - (content ? entry.size : 0), offset)
    yield content ? { ...entry, content } : entry
  }
  // What follows the end mark counts, too: for the budget, and to hear of a compressed stream that breaks off.
  await bytes.skip(Number.POSITIVE_INFINITY)
}

type Bytes = ReturnType<typeof byteReader>

const padded = (size: number): number => Math.ceil(size / blockSize) * blockSize
const isZero = (block: Buffer): boolean => block.every(byte => byte === 0)
const truncated = (offset: number) => new UnreadableLayer(`the archive breaks off in the member at byte ${offset}`)

async function exactly(bytes: Bytes, count: number, offset: number): Promise<Buffer> {
  const content = await bytes.read(count)
  if (content.length < count) throw truncated(offset)
  return content
}

async function skipped(bytes: Bytes, count: number, offset: number): Promise<void> {
  if ((await bytes.skip(count)) < count) throw truncated(offset)
}

/** What a header before the header says, under pax's keywords. */
async function extension(bytes: Bytes, flag: string, size: number, offset: number): Promise<Record<string, string>> {
  if (size > mostExtensionBytes)
    throw new UnreadableLayer(
      `the extended header at byte ${offset} has ${size} bytes, more than ${mostExtensionBytes}`,
    )
  const content = await exactly(bytes, size, offset)
  await skipped(bytes, padded(size) - size, offset)
  if (flag === 'g') return {}
  if (flag === 'x') return paxRecords(content, offset)
  const value = content.toString('utf8').split('\0', 1)[0] as string
  return flag === 'L' ? { path: value } : { linkpath: value }
}

/** Records of the form `LENGTH KEYWORD=VALUE\n`, the length counting all of the record. */
function paxRecords(content: Buffer, offset: number): Record<string, string> {
  const records: [string, string][] = []
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at)
    const length = space < 0 ? 0 : Number(content.toString('latin1', at, Math.min(space, at + 20)))
    const equals = content.indexOf(0x3d, space)
    const whole = Number.isInteger(length) && at + length <= content.length && content[at + length - 1] === 0x0a
    if (!whole || equals < 0 || equals >= at + length)
      throw new UnreadableLayer(`the extended header at byte ${offset} is damaged`)
    records.push([content.toString('utf8', space + 1, equals), content.toString('utf8', equals + 1, at + length - 1)])
    at += length
  }
  return Object.fromEntries(records)
}

function overrides(pax: Record<string, string>, { type, size }: TarHeader, offset: number): Partial<TarEntry> {
  const stated = pax.size === undefined || bodyless.includes(type) ? size : Number(pax.size)
  if (!Number.isInteger(stated) || stated < 0)
    throw new UnreadableLayer(`the tar header at byte ${offset} states an impossible size`)
  const sparse = Object.keys(pax).some(key => key.startsWith('GNU.sparse.'))
  return {
    size: stated,
    ...(pax.path !== undefined && { name: pax.path }),
    ...(pax.linkpath !== undefined && { link: pax.linkpath }),
    ...(sparse && { type: 'sparse' }),
  }
}

function byteReader(chunks: AsyncIterable<Buffer>) {
  const iterator = chunks[Symbol.asyncIterator]()
  let chunk: Buffer = Buffer.alloc(0)
  let at = 0
  let passed = 0
  const more = async (): Promise<boolean> => {
    if (at < chunk.length) return true
    const { value, done } = await iterator.next()
    chunk = done ? Buffer.alloc(0) : value
    at = 0
    return !done
  }
  const take = (most: number): Buffer => {
    const part = chunk.subarray(at, Math.min(chunk.length, at + most))
    at += part.length
    passed += part.length
    return part
  }
  return {
    /** Bytes read or skipped so far. */
    offset: () => passed,
    /** `count` bytes, fewer at the end. */
    async read(count: number): Promise<Buffer> {
      const parts: Buffer[] = []
      let left = count
      while (left > 0 && (await more())) {
        const part = take(left)
        parts.push(part)
        left -= part.length
      }
      return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
    },
    /** Returns how many there were. */
    async skip(count: number): Promise<number> {
      let left = count
      while (left > 0 && (await more())) left -= take(left).length
      return count - left
    },
  }
}
