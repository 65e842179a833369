import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ImageBlob, ImageSource } from '../driver/driver.ts'
import { openTestStore } from '../store/store.fixture.ts'
import type { Store } from '../store/store.ts'
import { createImageInventories } from './image-inventory.ts'
import { type ScanLimits, scanLimits } from './scan-budget.ts'
import type { ScanPolicy } from './scan-policy.ts'
import { createScanner } from './scanner.ts'

/** A member of a crafted archive. `size` states another size than the content has; `flag` is the type flag, `0` unless given. */
export interface CraftedEntry {
  readonly name: string
  readonly content?: string | Buffer
  readonly flag?: string
  readonly link?: string
  readonly size?: number | bigint
}

/** A tar archive made byte by byte, so that it may be wrong where a test wants it to be. */
export const craftTar = (entries: readonly CraftedEntry[], end = 1024): Buffer =>
  Buffer.concat([...entries.map(craftEntry), Buffer.alloc(end)])

function craftEntry({ name, content = '', flag = '0', link = '', size }: CraftedEntry): Buffer {
  const body = Buffer.from(content)
  const block = Buffer.alloc(512)
  block.write(name, 0, 100)
  block.write('0000644\0', 100)
  writeSize(block, size ?? body.length)
  block.write('00000000000\0', 136)
  block.write(flag, 156, 'latin1')
  block.write(link, 157, 100)
  block.write('ustar\x0000', 257, 'latin1')
  block.fill(0x20, 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)])
}

function writeSize(block: Buffer, size: number | bigint): void {
  if (size < 8 ** 11) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1')
  else {
    block[124] = 0x80
    block.writeBigUInt64BE(BigInt(size), 128)
  }
}

export const paxRecord = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`
  const digits = String(rest.length + String(rest.length).length).length
  return `${rest.length + digits}${rest}`
}

/** A layer whose content arrives in chunks of `chunkBytes`. */
export const craftLayer = (content: Buffer, chunkBytes = 65_536): ImageBlob => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  size: content.length,
  open: () =>
    Readable.from(
      (function* () {
        for (let at = 0; at < content.length; at += chunkBytes) yield content.subarray(at, at + chunkBytes)
      })(),
    ),
})

interface ScanOptions {
  readonly policy?: ScanPolicy
  readonly limits?: ScanLimits
  readonly now?: () => Date
  /** One of its own for all scans that do not say another. */
  readonly store?: Store
}

let opened: Promise<Store> | undefined
let images = 0

/** Scans an image of these layers, on a day in November 2026 unless told otherwise; one that was not scanned before. */
export async function scanLayers(layers: readonly ImageBlob[], options: ScanOptions = {}) {
  const { policy, limits = scanLimits, now = () => new Date('2026-11-20T12:00:00Z') } = options
  opened ??= openTestStore(':memory:')
  const store = options.store ?? (await opened)
  const source: ImageSource = { digest: `sha256:${images++}`, config: craftLayer(Buffer.from('{}')), layers }
  const inventories = createImageInventories(store, now, limits)
  return createScanner({ images: { source: async () => source }, store, inventories, policy, now }).scan(source.digest)
}

export const bookworm = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'

/** A header of rpm's database: texts, and numbers below 256, by tag. */
export function craftRpmHeader(tags: Readonly<Record<number, string | number>>): Buffer {
  const index: Buffer[] = []
  let data = Buffer.alloc(0)
  for (const [tag, value] of Object.entries(tags)) {
    const entry = Buffer.alloc(16)
    const bytes = typeof value === 'number' ? Buffer.from([0, 0, 0, value]) : Buffer.from(`${value}\0`)
    for (const [at, word] of [Number(tag), typeof value === 'number' ? 4 : 6, data.length, 1].entries())
      entry.writeUInt32BE(word, at * 4)
    index.push(entry)
    data = Buffer.concat([data, bytes])
  }
  const head = Buffer.alloc(8)
  head.writeUInt32BE(index.length, 0)
  head.writeUInt32BE(data.length, 4)
  return Buffer.concat([head, ...index, data])
}
