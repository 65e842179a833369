import { readTimestamp, writeTimestamp } from './timestamp.ts'
import type { Leaves } from './tree.ts'

/** Blobs are base64, timestamps epoch seconds unless the model says otherwise. */
export const jsonLeaves: Leaves = {
  readBlob: value => (typeof value === 'string' && isBase64(value) ? Buffer.from(value, 'base64') : undefined),
  readTimestamp,
  writeBlob: value => Buffer.from(value).toString('base64'),
  writeTimestamp: (value, format) => writeTimestamp(value, format ?? 'unixTimestamp'),
}

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
