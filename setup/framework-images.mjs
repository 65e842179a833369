import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram, run } from './command.mjs'
import { ensureDebianBase } from './debian-base.mjs'
import { imageIds } from './engine.mjs'
import { buildImage, sourceHash } from './images.mjs'
import { fetchWheels } from './wheels.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const pythons = ['python3.11', 'python3.12', 'python3']

/**
 * Builds an image whose folder has a Dockerfile and a `requirements.txt` with hashes, or finds it built already.
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
  const { python, lacks } = await ensurePip()
  if (!python) return { lacks }
  const context = await mkdtemp(join(tmpdir(), 'modelmart-framework-'))
  try {
    await cp(source, context, { recursive: true })
    const missing = await fetchWheels(python, context).then(
      () => undefined,
      error => error.message,
    )
    if (missing) return { lacks: missing }
    await buildImage(engine, context, image)
    return { image }
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}

/** A Python of our own that has pip, below node_modules/.cache. */
const ensurePip = async () => {
  const folder = join(root, 'node_modules/.cache/python/pip')
  const python = join(folder, 'bin/python')
  if (existsSync(python)) return { python }
  const found = pythons.find(findProgram)
  if (!found) return { lacks: `Python is not here (looked for ${pythons.join(', ')})` }
  const { code, output } = await run(found, ['-m', 'venv', '--clear', folder])
  return code === 0
    ? { python }
    : { lacks: `${found} makes no virtual environment: ${output.trim().split('\n').at(-1)}` }
}
