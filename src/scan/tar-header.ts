import { UnreadableLayer } from './unreadable-layer.ts'

export type TarType = 'file' | 'hard-link' | 'link' | 'directory' | 'special' | 'sparse' | 'extension' | 'unknown'

/** One header block of a tar archive. */
export interface TarHeader {
  readonly name: string
  readonly type: TarType
  /** The type flag as it stands: tells extensions apart (`x`, `g`, `L`, `K`). */
  readonly flag: string
  readonly link: string
  /** Bytes that follow the header, before padding. */
  readonly size: number
}

const types: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hard-link',
  '2': 'link',
  '3': 'special',
  '4': 'special',
  '5': 'directory',
  '6': 'special',
  S: 'sparse',
  x: 'extension',
  g: 'extension',
  L: 'extension',
  K: 'extension',
}
/** Nothing follows the headers of these, whatever size they state. */
export const bodyless: readonly TarType[] = ['hard-link', 'link', 'directory', 'special']

/** Reads a block of 512 bytes. Throws UnreadableLayer when it is none. Source: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format". */
export function tarHeader(block: Buffer, offset: number): TarHeader {
  if (!checksumFits(block)) throw new UnreadableLayer(`the tar header at byte ${offset} is damaged`)
  const flag = String.fromCharCode(block[156] as number)
  const name = text(block, 0, 100)
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 155) : ''
  const path = prefix ? `${prefix}/${name}` : name
  // Archives from before 1988 mark a directory by its name only.
  const type = flag === '\0' && path.endsWith('/') ? 'directory' : (types[flag] ?? 'unknown')
  const size = bodyless.includes(type) ? 0 : number(block, 124, 12, offset)
  return { name: path, type, flag, link: text(block, 157, 100), size }
}

function checksumFits(block: Buffer): boolean {
  let unsigned = 8 * 0x20
  let signed = unsigned
  for (let at = 0; at < 512; at++) {
    if (at === 148) at = 156
    const byte = block[at] as number
    unsigned += byte
    signed += byte > 127 ? byte - 256 : byte
  }
  const stated = Number.parseInt(text(block, 148, 8).trim(), 8)
  return stated === unsigned || stated === signed
}

function text(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start)
  return block.toString('utf8', start, end < 0 ? start + length : Math.min(end, start + length))
}

/** Octal digits, or big-endian binary when the first bit is set. */
function number(block: Buffer, start: number, length: number, offset: number): number {
  const field = block.subarray(start, start + length)
  const first = field[0] as number
  if (first & 0x80) {
    if (first !== 0x80) throw new UnreadableLayer(`the tar header at byte ${offset} states an impossible size`)
    return Number(BigInt(`0x${field.toString('hex', 1)}`))
  }
  const digits = text(field, 0, length).trim()
  if (!/^[0-7]*$/.test(digits)) throw new UnreadableLayer(`the tar header at byte ${offset} states an impossible size`)
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}
