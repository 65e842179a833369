/** Bytes that come in pieces, taken in the lengths that a format has. */
export interface ArchiveInput {
  /** As many bytes; fewer at the end. */
  take(count: number): Promise<Buffer>
  /** The next so many, in the pieces that they come in. */
  pass(count: number): AsyncGenerator<Buffer>
  /** How many bytes have gone so far. */
  taken(): number
}

export function createArchiveInput(source: AsyncIterable<Buffer>): ArchiveInput {
  const chunks = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  let gone = 0
  const some = async (most: number): Promise<Buffer> => {
    while (held.length === 0) {
      const { value, done } = await chunks.next()
      if (done) return held
      held = value
    }
    const part = held.subarray(0, most)
    held = held.subarray(part.length)
    gone += part.length
    return part
  }
  async function* pass(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      const part = await some(left)
      if (part.length === 0) return
      left -= part.length
      yield part
    }
  }
  return {
    pass,
    taken: () => gone,
    async take(count) {
      const parts: Buffer[] = []
      for await (const part of pass(count)) parts.push(part)
      return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
    },
  }
}
