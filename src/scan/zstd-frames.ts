/** Source: RFC 8878, "Zstandard Compression", 3.1: frames, blocks and skippable frames. */
const magic = 0xfd2fb528
const skippableMagic = 0x184d2a50
const rle = 1
const checksumBytes = 4
/** Bytes of the frame header's fields by the flags of its first byte. */
const dictionaryBytes = [0, 1, 2, 4]
const contentSizeBytes = [0, 2, 4, 8]

/** A stretch of a frame: `next` says what follows it, from its bytes when it is a header. Undefined: the frame has ended. */
interface Stretch {
  readonly bytes: number
  readonly isHeader: boolean
  readonly next: (header: Buffer) => Stretch | undefined
}

const header = (bytes: number, next: Stretch['next']): Stretch => ({ bytes, isHeader: true, next })
const content = (bytes: number, next: Stretch['next']): Stretch => ({ bytes, isHeader: false, next })
const ended = () => undefined

const frame: Stretch = header(4, bytes => {
  const word = bytes.readUInt32LE()
  if (word === magic) return header(1, descriptor => frameHeader(descriptor[0] as number))
  if ((word & 0xfffffff0) >>> 0 === skippableMagic) return header(4, size => content(size.readUInt32LE(), ended))
  // No frame: the decompressor says so.
  return content(Number.POSITIVE_INFINITY, ended)
})

function frameHeader(flags: number): Stretch {
  const single = (flags & 0x20) !== 0
  const sizeFlag = flags >> 6
  const size = sizeFlag === 0 && single ? 1 : (contentSizeBytes[sizeFlag] as number)
  const fields = (single ? 0 : 1) + (dictionaryBytes[flags & 3] as number) + size
  return content(fields, () => block((flags & 4) !== 0))
}

const block = (hasChecksum: boolean): Stretch =>
  header(3, bytes => {
    const word = bytes.readUIntLE(0, 3)
    const after = () => ((word & 1) === 0 ? block(hasChecksum) : content(hasChecksum ? checksumBytes : 0, ended))
    return content(((word >> 1) & 3) === rle ? 1 : word >> 3, after)
  })

/**
 * Cuts a zstd stream where its frames end, since Node's decompressor takes what follows a frame in the same chunk for the end of all;
 * engines unpack every frame. Calls `onFrame` for each frame.
 */
export async function* cutAtFrames(chunks: AsyncIterable<Buffer>, onFrame: () => void): AsyncGenerator<Buffer> {
  let stretch = frame
  let left = stretch.bytes
  let head: Buffer[] = []
  for await (const chunk of chunks) {
    let from = 0
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(left, chunk.length - at)
      if (stretch.isHeader) head.push(chunk.subarray(at, at + taken))
      at += taken
      left -= taken
      while (left === 0) {
        const next = stretch.next(Buffer.concat(head))
        head = []
        if (next === undefined) {
          onFrame()
          if (at > from) yield chunk.subarray(from, at)
          from = at
        }
        stretch = next ?? frame
        left = stretch.bytes
      }
    }
    if (from < chunk.length) yield chunk.subarray(from)
  }
}
