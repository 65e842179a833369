import type { Transform } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { ImageBlob } from './driver.ts'
import { ImageFault } from './image-fault.ts'

/** Whatever it holds, an image may unpack to this; beyond, to so many times what it takes in the registry. */
const FREE_BYTES = 1 << 30
const MOST_TIMES = 100

/** Counts what the layers of one image unpack to. Its functions throw ImageFault for a bomb and for content that does not unpack. */
export interface Expansion {
  /** The packed content, passed on as it is, while it is unpacked beside. */
  counted(digest: string, packed: AsyncIterable<Uint8Array>, unpack: Transform): AsyncIterable<Uint8Array>
  /** Bytes of what is unpacked already. */
  measure(digest: string, unpacked: AsyncIterable<unknown>): Promise<number>
}

export const expansionOf = (layers: readonly Pick<ImageBlob, 'size'>[], freeBytes = FREE_BYTES): Expansion => {
  const most = Math.max(freeBytes, MOST_TIMES * layers.reduce((sum, { size }) => sum + size, 0))
  let total = 0
  const add = (bytes: number) => {
    total += bytes
    if (total > most)
      throw new ImageFault(
        `The layers of the image unpack to more than ${most} bytes, which is more than ${MOST_TIMES} times their size.`,
      )
  }
  return {
    async *counted(digest, packed, unpack) {
      let problem: Error | undefined
      const done = finished(unpack).catch(error => {
        problem = error instanceof ImageFault ? error : notUnpacked(digest, error)
      })
      unpack.on('data', ({ length }: Buffer) => {
        try {
          add(length)
        } catch (error) {
          unpack.destroy(error as Error)
        }
      })
      try {
        for await (const chunk of packed) {
          if (!unpack.write(chunk)) await Promise.race([done, new Promise(resolve => unpack.once('drain', resolve))])
          if (problem) throw problem
          yield chunk
        }
        unpack.end()
        await done
        if (problem) throw problem
      } finally {
        unpack.destroy()
      }
    },
    async measure(digest, unpacked) {
      const before = total
      try {
        for await (const chunk of unpacked) add((chunk as Buffer).length)
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code?.startsWith('Z') ? notUnpacked(digest, error as Error) : error
      }
      return total - before
    },
  }
}

const notUnpacked = (digest: string, { message }: Error) =>
  new ImageFault(`The layer ${digest} cannot be unpacked: ${message}.`)
