import { pipeline, Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { ImageBlob } from '../driver/driver.ts'
import type { ScanBudget } from './scan-budget.ts'
import { UnreadableLayer } from './unreadable-layer.ts'
import { cutAtFrames } from './zstd-frames.ts'

const formats: readonly Format[] = [
  { magic: '1f8b', open: () => createGunzip({ chunkSize }) },
  { magic: '28b52ffd', open: () => createZstdDecompress({ chunkSize }), cut: cutAtFrames },
  { magic: '425a68', name: 'bzip2' },
  { magic: 'fd377a58', name: 'xz' },
]
const chunkSize = 256 * 1024

interface Format {
  readonly magic: string
  readonly open?: () => NodeJS.ReadWriteStream
  readonly cut?: typeof cutAtFrames
  /** Of one that is not read. */
  readonly name?: string
}

/**
 * The layer as plain tar. The first bytes decide how it is compressed, as they do for the engines that unpack it; what the media type
 * says is not trusted. Throws UnreadableLayer for damage and beyond the budget, and what the blob store throws as it is.
 */
export async function* unpackedLayer(layer: ImageBlob, budget: ScanBudget): AsyncGenerator<Buffer> {
  const iterator = (layer.open() as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const head = await firstBytes(iterator)
  const format = formats.find(({ magic }) => head.subarray(0, magic.length / 2).toString('hex') === magic)
  if (format?.name) throw new UnreadableLayer(`it is compressed with ${format.name}; only gzip and zstd are read`)
  const whole = continued(head, iterator)
  // A failure ends the reading side, which is where it is heard.
  const packed = format?.cut ? format.cut(whole, budget.entry) : whole
  const unpacked = format?.open ? pipeline(Readable.from(packed), format.open(), () => {}) : whole
  let bytes = 0
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      bytes += chunk.length
      budget.unpack(chunk.length, bytes, layer.size)
      yield chunk
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (/^Z(STD)?_/.test(code ?? '')) throw new UnreadableLayer(`it cannot be decompressed: ${message}`)
    throw error
  }
}

async function firstBytes(iterator: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 4) {
    const { value, done } = await iterator.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  return head
}

async function* continued(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
