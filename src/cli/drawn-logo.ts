import { createHash } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'

const cells = 5
const cell = 44
const margin = 10
const side = cells * cell + 2 * margin

/** A picture of `side` pixels that tells products apart, drawn of a name: the same for the same name. A PNG. */
export function drawnLogo(name: string): Buffer {
  const hash = createHash('sha256').update(name).digest()
  const [red = 0, green = 0, blue = 0] = hash
  // Dark enough for its white ground.
  const ink = [red, green, blue].map(value => 30 + (value % 130))
  const rows = Array.from({ length: side }, (_, y) => row(y, hash, ink))
  return png(Buffer.concat(rows))
}

function row(y: number, hash: Buffer, ink: readonly number[]): Buffer {
  const line = Buffer.alloc(1 + side * 3, 255)
  line[0] = 0
  for (let x = 0; x < side; x++) if (isInked(x, y, hash)) line.set(ink, 1 + x * 3)
  return line
}

/** Left and right mirror each other. */
function isInked(x: number, y: number, hash: Buffer): boolean {
  const [column, line] = [Math.floor((x - margin) / cell), Math.floor((y - margin) / cell)]
  if (column < 0 || line < 0 || column >= cells || line >= cells) return false
  const mirrored = Math.min(column, cells - 1 - column)
  return ((hash[3 + line * cells + mirrored] as number) & 1) === 1
}

/** Source: PNG specification, third edition: signature, IHDR (8 bits, RGB), IDAT, IEND. */
function png(pixels: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND')])
}

function chunk(type: string, data = Buffer.alloc(0)): Buffer {
  const named = Buffer.concat([Buffer.from(type), data])
  const whole = Buffer.alloc(8 + named.length)
  whole.writeUInt32BE(data.length, 0)
  whole.set(named, 4)
  whole.writeUInt32BE(crc32(named), 4 + named.length)
  return whole
}
