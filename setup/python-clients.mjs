import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram, run, say } from './command.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The oldest Python that the locked packages are for, and those that are looked for. */
const pythons = ['python3.11', 'python3.12', 'python3']

/**
 * A virtual environment with a client's locked packages, each checked by its hash; made once for a lock, below node_modules/.cache.
 * @param {string} lock path of the requirements, from the repository's root
 * @returns {Promise<{python?: string, lacks?: string}>} its interpreter, or why it cannot be made here
 */
export const ensurePythonClient = async lock => {
  const requirements = join(root, lock)
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12)
  const folder = join(root, 'node_modules/.cache/python', hash)
  const python = join(folder, 'bin/python')
  if (existsSync(python)) return { python }
  const found = pythons.find(findProgram)
  if (!found) return { lacks: `Python is not here (looked for ${pythons.join(', ')})` }
  say(`installing the Python packages of ${lock}`)
  const part = `${folder}.part`
  await rm(part, { recursive: true, force: true })
  await mkdir(dirname(part), { recursive: true })
  const steps = [
    [found, ['-m', 'venv', part]],
    [
      join(part, 'bin/python'),
      ['-m', 'pip', 'install', '--quiet', '--require-hashes', '--no-deps', '-r', requirements],
    ],
  ]
  for (const [program, args] of steps) {
    const { code, output } = await run(program, args)
    if (code !== 0) return { lacks: `the packages of ${lock} cannot be had: ${output.trim().split('\n').at(-1)}` }
  }
  await rename(part, folder)
  return { python }
}
