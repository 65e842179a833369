import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram, run, say } from './command.mjs'

const cache = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules/.cache')
const pythons = ['python3.11', 'python3.12', 'python3']

/** What an image's Python is: Debian 12's. */
const target = [
  '--python-version',
  '3.11',
  '--implementation',
  'cp',
  '--abi',
  'cp311',
  '--abi',
  'abi3',
  '--abi',
  'none',
]
const machines = { x64: 'x86_64', arm64: 'aarch64' }
/** Of glibc 2.36, and of older ones that packages are built for. */
const glibcs = [36, 34, 31, 28, 27, 26, 24, 17, 12, 5].map(minor => `manylinux_2_${minor}`)

/** Whether the Dockerfile of a folder copies packages that its `requirements.txt` names, and nobody has laid there. */
export const wantsWheels = async folder =>
  existsSync(join(folder, 'requirements.txt')) &&
  !existsSync(join(folder, 'wheels')) &&
  /^\s*COPY\s+wheels\b/m.test(await readFile(join(folder, 'Dockerfile'), 'utf8'))

/**
 * Calls `work` with a copy of the folder that has `wheels/` as well: what its `requirements.txt` names, each checked by its hash, fetched by
 * this machine's own way to its index. The image's build then needs none, and no address or password is in it. Of a package that comes as source
 * the fetching alone wants to know its metadata, by tools that `build-constraints.txt` may hold to versions that it is fit for.
 */
export const withWheels = async (folder, work) => {
  const wheels = await ensureWheels(folder)
  const context = await mkdtemp(join(tmpdir(), 'modelmart-wheels-'))
  try {
    await cp(folder, context, { recursive: true })
    await cp(wheels, join(context, 'wheels'), { recursive: true })
    return await work(context)
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}

/** The folder of wheels for the requirements of a folder, fetched once. Throws an Error that says what cannot be had. */
const ensureWheels = async folder => {
  const requirements = join(folder, 'requirements.txt')
  const text = await readFile(requirements, 'utf8')
  const name = createHash('sha256').update(`${process.arch}\n${text}`).digest('hex').slice(0, 12)
  const wheels = join(cache, 'wheels', name)
  if (existsSync(wheels)) return wheels
  say(`fetching the Python packages of ${requirements}`)
  await mkdir(join(cache, 'wheels'), { recursive: true })
  const begun = await mkdtemp(join(cache, 'wheels', `${name}-`))
  const platforms = [...glibcs, 'manylinux2014', 'manylinux2010', 'manylinux1', 'linux'].flatMap(platform => [
    '--platform',
    `${platform}_${machines[process.arch]}`,
  ])
  const flags = ['--quiet', '--no-deps', '--require-hashes', '--disable-pip-version-check', ...target, ...platforms]
  const args = ['-m', 'pip', 'download', ...flags, '-r', requirements, '-d', begun]
  const { code, output } = await run(await ensurePip(), args, { env: constraints(folder) })
  if (code !== 0) {
    await rm(begun, { recursive: true, force: true })
    throw new Error(`The packages of ${requirements} cannot be had: ${output.trim().split('\n').at(-1)}`)
  }
  // Another build may have fetched them meanwhile.
  await rename(begun, wheels).catch(() => rm(begun, { recursive: true, force: true }))
  return wheels
}

/** What older pips and newer ones read. */
const constraints = folder => {
  const path = join(folder, 'build-constraints.txt')
  return existsSync(path) ? { PIP_CONSTRAINT: path, PIP_BUILD_CONSTRAINT: path } : {}
}

/** A Python of our own that has pip. */
const ensurePip = async () => {
  const folder = join(cache, 'python/pip')
  const python = join(folder, 'bin/python')
  if (existsSync(python)) return python
  const found = pythons.find(findProgram)
  if (!found) throw new Error(`Python is not here (looked for ${pythons.join(', ')})`)
  const { code, output } = await run(found, ['-m', 'venv', '--clear', folder])
  if (code !== 0) throw new Error(`${found} makes no virtual environment: ${output.trim().split('\n').at(-1)}`)
  return python
}
