import { text } from 'node:stream/consumers'
import type { ImageSource } from './driver.ts'
import { type EngineClient, EngineError } from './engine-client.ts'
import { at } from './engine-path.ts'
import { type ImageArchive, imageArchive } from './image-archive.ts'
import { ImageFault } from './image-fault.ts'

/** Names of images that servers of this kind have brought to an engine begin so. */
export const IMAGE_PREFIX = 'modelmart.local/'

/**
 * Makes images known to the engine, once per manifest digest however many ask at a time, and returns the reference that
 * containers are created with. Throws ImageFault, with the engine's own words, for an image that it refuses.
 */
export const createImageLoader = (client: EngineClient) => {
  const loading = new Map<string, Promise<string>>()
  return (source: ImageSource): Promise<string> => {
    const running = loading.get(source.digest)
    if (running) return running
    const load = ensureImage(client, source).finally(() => loading.delete(source.digest))
    loading.set(source.digest, load)
    return load
  }
}

const ensureImage = async (client: EngineClient, source: ImageSource): Promise<string> => {
  const reference = referenceOf(source.digest)
  const archive = await imageArchive(source)
  if (await engineHas(client, reference, archive)) return reference
  // An engine may stumble over its own doing, such as a layer that somebody removes at that moment; over an image it does so twice.
  const refusal = (await load(client, reference, archive)) && (await load(client, reference, archive))
  if (refusal)
    throw isMachineFault(refusal) ? new EngineError(`Loading ${source.digest}`, 500, refusal) : fault(refusal)
  return reference
}

/** Resolves to the engine's words when it does not have the image afterwards. */
const load = async (client: EngineClient, reference: string, archive: ImageArchive): Promise<string | undefined> => {
  const query = { quiet: true }
  try {
    const body = await archive.open(reference)
    const answer = await text(await client.stream('POST', at`/images/load`, { query, body }))
    const refusal = answer.split('\n').find(line => line.includes('"error"'))
    if (refusal) return (JSON.parse(refusal) as { error: string }).error
    if (await engineHas(client, reference, archive)) return undefined
    return answer.trim() || 'the container engine does not have the image after it was loaded'
  } catch (error) {
    if (error instanceof EngineError) return error.reason
    throw error
  }
}

/** Words for what the machine lacks rather than the image. */
const MACHINE_WORDS =
  /no space left|disk quota|input\/output error|read-only file system|cannot allocate memory|too many open files/i

const isMachineFault = (reason: string): boolean => MACHINE_WORDS.test(reason)

const fault = (reason: string) => new ImageFault(`The container engine cannot unpack the image: ${reason}`)

const referenceOf = (digest: string): string => {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`Not a manifest digest: ${digest}`)
  return `${IMAGE_PREFIX}${digest.slice('sha256:'.length)}:plain`
}

/** The engine's image ID is the digest of the configuration, which names the layers: a foreign image by our name is none. */
const engineHas = async (client: EngineClient, reference: string, { id }: ImageArchive): Promise<boolean> => {
  const { status, body } = await client.call<{ Id: string }>('GET', at`/images/${reference}/json`, { accept: [404] })
  return status === 200 && `sha256:${body.Id.replace(/^sha256:/, '')}` === id
}
