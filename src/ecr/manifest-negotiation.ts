import type { Db } from '../store/database.ts'
import type { ImageId } from './ecr-errors.ts'
import { contentOf, findImage, type Image } from './image.ts'
import { isIndex, readManifest } from './manifest.ts'
import { machineArchitecture, pickPlatform } from './registry-platform.ts'

/** Whether a client takes a media type. */
export type Accepts = (mediaType: string) => boolean

/**
 * What a client is given of a manifest that a tag names: the manifest itself, or, when it is an index and the client knows only images,
 * the image for this machine's platform. Undefined when there is none or neither is accepted. Only an index is read, and only when it
 * has to be.
 */
export async function acceptableImage(
  db: Db,
  repository: string,
  id: ImageId,
  accepts: Accepts,
): Promise<Image | undefined> {
  const named = await findImage(db, repository, id)
  if (!named || accepts(named.media_type)) return named
  if (!isIndex(named.media_type)) return undefined
  const { manifests } = readManifest(Buffer.from(await contentOf(db, named)))
  const chosen = pickPlatform(manifests, machineArchitecture)
  return chosen && accepts(chosen.mediaType) ? findImage(db, repository, { imageDigest: chosen.digest }) : undefined
}

/** What a list of media types accepts, as BatchGetImage has one. Who names none is given whatever there is. */
export const acceptsAmong = (types: readonly string[] | undefined): Accepts =>
  acceptsHeader(types && types.length > 0 ? types.join(',') : undefined)

/**
 * What an Accept header accepts: for each type the most specific range that fits it decides, and one with a weight of 0 refuses
 * (RFC 9110, sections 12.4.2 and 12.5.1). Without a header everything is accepted.
 */
export function acceptsHeader(header: string | undefined): Accepts {
  if (header === undefined || header.trim() === '') return () => true
  const ranges = new Map(header.split(',').map(weightedRange))
  return mediaType => {
    const type = mediaType.toLowerCase()
    const candidates = [type, `${type.split('/', 1)[0]}/*`, '*/*']
    return (candidates.map(range => ranges.get(range)).find(weight => weight !== undefined) ?? 0) > 0
  }
}

function weightedRange(text: string): [range: string, weight: number] {
  const [range = '', ...parameters] = text.split(';').map(part => part.trim().toLowerCase())
  const weight = parameters.find(parameter => parameter.startsWith('q='))
  return [range, weight === undefined ? 1 : Number(weight.slice(2))]
}
