import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureDebianBase } from './debian-base.mjs'
import { imageIds } from './engine.mjs'
import { buildImage, sourceHash } from './images.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * Builds an image whose folder has a Dockerfile and may have a `requirements.txt` with hashes, or finds it built already.
 * @param {string} folder from the repository's root
 * @returns {Promise<{image?: string, lacks?: string}>} its reference, or why it cannot be built here
 */
export const ensureFrameworkImage = async (engine, folder) => {
  const source = join(root, folder)
  const hash = await sourceHash(source, await ensureDebianBase(engine))
  const name = `modelmart-${folder.replace(/[^a-z0-9]+/g, '-')}:${hash.slice(0, 12)}`
  const image = `${engine.engine === 'podman' ? 'localhost/' : ''}${name}`
  const [built] = await imageIds(engine, [image])
  if (built) return { image }
  return buildImage(engine, source, image).then(
    () => ({ image }),
    error => ({ lacks: error.message }),
  )
}
