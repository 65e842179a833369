import type { Readable } from 'node:stream'

/** Content as it streams. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** Takes a chunk back from a reader who is done with it, in the order they came. Absent when others may still hold them. */
  readonly release?: (chunk: Uint8Array) => void
  /** Hex SHA-256 of all that came, once the stream has ended; when it is computed on the way anyhow. */
  readonly sha256?: () => string
}

/**
 * A streaming request body as operations receive it. `trailers` are the HTTP trailing fields (lower-case names, such as
 * `x-amz-checksum-crc32`) of an aws-chunked upload: empty for any other body, and complete once the stream has ended.
 */
export interface TrailingBody extends Readable, Pick<ByteStream, 'release' | 'sha256'> {
  readonly trailers: Readonly<Record<string, string>>
}

/**
 * Gives the memory of a chunk back at once, when the chunk is all that its buffer holds. Left to the garbage collector, large
 * bodies make it look through the whole heap every few megabytes, which costs more than reading, hashing and writing them.
 */
export function freeChunk({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
