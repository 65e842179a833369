import type { Readable } from 'node:stream'

/**
 * A streaming request body as operations receive it. `trailers` are the HTTP trailing fields (lower-case names, such as
 * `x-amz-checksum-crc32`) of an aws-chunked upload: empty for any other body, and complete once the stream has ended.
 */
export interface TrailingBody extends Readable {
  readonly trailers: Readonly<Record<string, string>>
}
