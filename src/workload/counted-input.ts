import type { Readable } from 'node:stream'
import { ServiceError } from '../ground/errors.ts'
import type { Objects } from '../service/objects.ts'
import type { CountedObject } from '../service/product-run.ts'
import type { SourceObject } from './channel.ts'

/** What a job reads: of an evaluation the one object that was counted, whatever else begins with its key. Throws ClientError when it is gone. */
export function countedInput(
  counted: CountedObject | undefined,
  found: readonly SourceObject[],
): readonly SourceObject[] {
  if (!counted) return found
  const objects = found.filter(({ bucket, key }) => bucket === counted.bucket && key === counted.key)
  if (objects.length === 0) throw changed(counted)
  return objects
}

/** Throws ClientError for another content than the one that was counted: its rows may be more than the seller allows. */
export function openCounted(
  counted: CountedObject | undefined,
  { body, etag }: { readonly body: Readable; readonly etag: string },
): Readable {
  if (!counted || counted.etag === etag) return body
  body.destroy()
  throw changed(counted)
}

/** Objects that become files in the content that was counted alone. */
export const countedFiles = (
  counted: CountedObject | undefined,
  objects: Pick<Objects, 'materialize'>,
): Pick<Objects, 'materialize'> => ({
  async materialize(as, bucket, key, path) {
    const made = await objects.materialize(as, bucket, key, path)
    if (counted && counted.etag !== made.etag) throw changed(counted)
    return made
  },
})

const changed = ({ bucket, key }: CountedObject): ServiceError =>
  new ServiceError('ClientError', `s3://${bucket}/${key} has changed since its rows were counted.`)
