import { BlobError } from './blobs.ts'

/** Also how the names of stored blobs are told from strangers' files. */
export const hexPattern = /^[0-9a-f]{64}$/

/** What a digest has behind `sha256:`. Throws NoSuchBlob for a text that is none, before it becomes a part of a path. */
export function hexOf(digest: string): string {
  const hex = digest.slice('sha256:'.length)
  if (digest.startsWith('sha256:') && hexPattern.test(hex)) return hex
  throw new BlobError('NoSuchBlob', `Not a digest of a stored blob: ${digest}`)
}
