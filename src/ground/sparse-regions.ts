import type { ArchiveInput } from './archive-input.ts'
import { block, numberAt, textAt } from './tar-block.ts'

/** A part of a sparse file that is stored; what lies between is zeros. */
export type Region = readonly [offset: number, length: number]

/** Of a map of holes: one of a file of many terabytes has as much. */
const mostBytes = 1 << 20

/** Throws, unless they follow one another inside a file of this size. */
export function requireRegions(regions: readonly Region[], size: number, header: Buffer): void {
  let at = 0
  for (const [offset, length] of regions) {
    if (!(offset >= at && length >= 0)) throw unreadable(header)
    at = offset + length
  }
  if (!(Number.isSafeInteger(size) && at <= size)) throw unreadable(header)
}

/** GNU's own form: four regions in the header, and 21 in each block that follows it. Throws where blocks are missing. */
export async function regionsOfHeader(input: ArchiveInput, header: Buffer): Promise<Region[]> {
  const regions = regionsIn(header, 386, 4)
  let more = header[482]
  for (let kept = 0; more; kept += block) {
    const extension = await input.take(block)
    if (extension.length < block || kept > mostBytes) throw unreadable(header)
    regions.push(...regionsIn(extension, 0, 21))
    more = extension[504]
  }
  return regions
}

function regionsIn(bytes: Buffer, from: number, count: number): Region[] {
  const places = Array.from({ length: count }, (_, index) => from + 24 * index)
  return places
    .filter(place => bytes[place])
    .map(place => [numberAt(bytes, place, 12), numberAt(bytes, place + 12, 12)])
}

/** Version 1.0: how many, then offset and length of each, a line each, before the content; blocks are filled up. */
export async function regionsOfContent(input: ArchiveInput, header: Buffer): Promise<Region[]> {
  const parts: Buffer[] = []
  let lines = 0
  for (let count = -1; count < 0 || lines < 2 * count + 1; ) {
    const part = await input.take(block)
    parts.push(part)
    lines += part.reduce((found, byte) => (byte === 0x0a ? found + 1 : found), 0)
    const first = /^(\d+)\n/.exec((parts[0] as Buffer).toString('latin1'))
    if (part.length < block || parts.length * block > mostBytes || !first) throw unreadable(header)
    count = Number(first[1])
  }
  const [count = 0, ...numbers] = Buffer.concat(parts).toString('latin1').split('\n').map(Number)
  if (numbers.slice(0, 2 * count).some(number => !Number.isSafeInteger(number))) throw unreadable(header)
  return Array.from({ length: count }, (_, index) => [numbers[2 * index] ?? 0, numbers[2 * index + 1] ?? 0])
}

/** Names the member. */
export const unreadable = (header: Buffer): Error =>
  new Error(`its member "${textAt(header, 0, 100)}" is a sparse file whose map of holes cannot be read`)
