const block = 64 * 1024

/** Takes chunks of any size and passes on ones worth handling. */
export interface Joiner {
  add(chunk: Uint8Array): void
  /** Passes on what is held back. */
  end(): void
}

/**
 * Joins small chunks before they are passed on, which costs far less than to pass each through hashing, encryption and a write of its own.
 * Large ones go on as they are. For content that nobody waits for in pieces.
 */
export function createJoiner(pass: (chunk: Uint8Array) => void): Joiner {
  let open: Buffer | undefined
  let filled = 0

  const end = (): void => {
    if (open) pass(open.subarray(0, filled))
    open = undefined
  }

  return {
    add(chunk) {
      if (open && filled + chunk.byteLength > block) end()
      if (!open && chunk.byteLength >= block / 4) return pass(chunk)
      if (!open) {
        open = Buffer.allocUnsafeSlow(block)
        filled = 0
      }
      open.set(chunk, filled)
      filled += chunk.byteLength
    },
    end,
  }
}

/** The same bytes, joined. */
export async function* joined(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = []
  const joiner = createJoiner(chunk => ready.push(chunk))
  for await (const chunk of chunks) {
    joiner.add(chunk)
    if (ready.length > 0) yield* ready.splice(0)
  }
  joiner.end()
  yield* ready
}
