import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

/** Bytes of a blob that one sum is for. */
export const blockSize = 256 << 10

/** The sums' file lies beside the blob's. */
export const sumsPath = (blob: string): string => `${blob}.sums`

/** CRC-32 of each block of a blob while it streams: what finds bit-rot when a part is read, before it is served. */
export function blockSums(): { update(chunk: Uint8Array): void; value(): Uint32Array } {
  const done: number[] = []
  let sum = 0
  let filled = 0
  return {
    update(chunk) {
      for (let taken = 0; taken < chunk.length; ) {
        const some = chunk.subarray(taken, taken + blockSize - filled)
        sum = crc32(some, sum)
        taken += some.length
        filled += some.length
        if (filled < blockSize) continue
        done.push(sum)
        sum = 0
        filled = 0
      }
    },
    value: () => Uint32Array.from(filled > 0 ? [...done, sum] : done),
  }
}

/** The sums of a blob of this many bytes; undefined when there are none, or not as many as it has blocks. */
export async function readBlockSums(blob: string, size: number): Promise<Uint32Array | undefined> {
  if (size <= blockSize) return undefined
  const bytes = await readFile(sumsPath(blob)).catch(() => undefined)
  if (bytes?.length !== Math.ceil(size / blockSize) * 4) return undefined
  return new Uint32Array(Uint8Array.from(bytes).buffer)
}
