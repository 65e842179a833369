import { text } from 'node:stream/consumers'
import type { ImageSource } from './driver.ts'
import { type EngineClient, EngineError } from './engine-client.ts'
import { imageArchive } from './image-archive.ts'

/**
 * Makes images known to the engine, once per manifest digest however many ask at a time, and returns the reference that
 * containers are created with. Throws with the engine's own words when it refuses the image.
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
  if (await engineHas(client, reference, source)) return reference
  const archive = await imageArchive(source, reference)
  const answer = await text(await client.stream('POST', '/images/load', { query: { quiet: true }, body: archive }))
  const refusal = answer.split('\n').find(line => line.includes('"error"'))
  if (refusal) throw new EngineError(`Loading ${source.digest}`, 500, (JSON.parse(refusal) as { error: string }).error)
  if (await engineHas(client, reference, source)) return reference
  throw new EngineError(`Loading ${source.digest}`, 500, answer.trim() || 'it does not have the image afterwards')
}

const referenceOf = (digest: string): string => {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`Not a manifest digest: ${digest}`)
  return `modelmart.local/${digest.slice('sha256:'.length)}:latest`
}

/** The engine's image ID is the digest of the configuration, which names the layers: a foreign image by our name is none. */
const engineHas = async (client: EngineClient, reference: string, source: ImageSource): Promise<boolean> => {
  const { status, body } = await client.call<{ Id: string }>('GET', `/images/${reference}/json`, { accept: [404] })
  return status === 200 && body.Id.replace(/^sha256:/, '') === source.config.digest.replace(/^sha256:/, '')
}
