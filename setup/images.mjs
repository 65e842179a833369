import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { proxies } from './apt.mjs'
import { asProgram, must, run, say } from './command.mjs'
import { debianBase, ensureDebianBase } from './debian-base.mjs'
import { engineCommand, ensureEngine, imageIds, inspectImages } from './engine.mjs'

export { ensureDebianBase }

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The example images: their build folder, and what they stand on. */
export const examples = {
  'iris-trees': { folder: 'examples/iris-trees/container', base: ensureDebianBase },
  'escape-artist': { folder: 'examples/escape-artist', base: engine => ensureTestBase(engine) },
  'contract-probe': { folder: 'examples/contract-probe', base: engine => ensureTestBase(engine) },
  'gradient-ring': { folder: 'examples/gradient-ring', base: engine => ensureTestBase(engine) },
}

/**
 * Builds an example image with everything under it, or finds it built already.
 * @param {'iris-trees'|'escape-artist'|'contract-probe'|'gradient-ring'} name
 * @returns {Promise<string>} the image's reference, `modelmart-NAME:HASH`
 */
export const ensureExample = async (engine, name) => {
  const { folder, base } = examples[name]
  return await build(engine, join(root, folder), `modelmart-${name}`, await base(engine))
}

/** Python and the C library alone, made from Debian's packages: `modelmart-test-base:HASH`. Returns that reference. */
export const ensureTestBase = async engine =>
  await build(engine, join(root, 'setup/test-base'), 'modelmart-test-base', await ensureDebianBase(engine))

const build = async (engine, folder, name, base) => {
  const source = await sourceHash(folder, base)
  const reference = `${engine.engine === 'podman' ? 'localhost/' : ''}${name}:${source.slice(0, 12)}`
  const buildArguments = base.startsWith('sha256:') ? {} : { BASE: base }
  await buildImage(engine, folder, reference, { source, buildArguments })
  return reference
}

/**
 * Builds the Dockerfile in `folder` as `tag`, with the machine's own network for its package downloads. Does nothing but
 * tag when the engine holds an image made of the same files on the same base image (label `modelmart.source`).
 * @param {{engine: string, socket: string}} engine from `ensureEngine`
 * @returns {Promise<{id: string, built: boolean}>}
 */
export const buildImage = async (engine, folder, tag, { source, buildArguments = {} } = {}) => {
  const wanted = source ?? (await sourceHash(folder, await baseOf(engine, folder)))
  const made = await findBuilt(engine, tag, wanted)
  if (made) return { id: made, built: false }
  say(`building ${tag}`)
  const proxy = await proxies()
  // A build argument without a value takes it from the environment, so that no message shows a proxy's password.
  const args = [...Object.entries(buildArguments).map(pair => pair.join('=')), ...Object.keys(proxy)]
  const flags = ['--network', 'host', '--force-rm', '--label', `modelmart.source=${wanted}`, '--tag', tag]
  const withArgs = [...flags, ...args.flatMap(arg => ['--build-arg', arg])]
  await must(...engineCommand(engine, ['build', ...withArgs, folder]), {
    // Docker's builder of old is in every Docker; the new one is a package of its own.
    env: { ...proxy, DOCKER_BUILDKIT: '0' },
    onLine: line => /^(\[.*\] )?step \d+/i.test(line) && say(`  ${line.slice(0, 100)}`),
    remedy: `The build of ${folder}/Dockerfile failed at the step above; mend that step and run this again.`,
  })
  const [id] = await imageIds(engine, [tag])
  return { id, built: true }
}

/** The image with the wanted label, tagged so; undefined when there is none. */
const findBuilt = async (engine, tag, source) => {
  const [tagged] = await inspectImages(engine, [tag])
  if (tagged?.Config?.Labels?.['modelmart.source'] === source) return (await imageIds(engine, [tag]))[0]
  const filter = ['--filter', `label=modelmart.source=${source}`]
  const { stdout } = await run(...engineCommand(engine, ['images', '--quiet', '--no-trunc', ...filter]))
  const id = stdout.split('\n')[0]
  if (!id) return undefined
  await must(...engineCommand(engine, ['tag', id, tag]))
  return id
}

/** The id of the image that a Dockerfile stands on, or its name where the build will have to fetch it. */
const baseOf = async (engine, folder) => {
  const path = join(folder, 'Dockerfile')
  if (!existsSync(path)) throw new Error(`There is no ${path}. Name a folder that holds a Dockerfile.`)
  const dockerfile = await readFile(path, 'utf8')
  const name = dockerfile.match(/^FROM\s+(\S+)/im)?.[1] ?? 'scratch'
  if (name === debianBase) return await ensureDebianBase(engine)
  const [id] = await imageIds(engine, [name])
  return id ?? name
}

/** SHA-256 over the base and every file of the folder: path, executable or not, content. */
const sourceHash = async (folder, base) => {
  const hash = createHash('sha256').update(`${base}\0`)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path, entry.name))
  for (const path of paths.sort()) {
    const [content, { mode }] = await Promise.all([readFile(path), stat(path)])
    hash.update(`${relative(folder, path)}\0${mode & 0o100}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

await asProgram(import.meta.url, async () => {
  const { values, positionals } = parseArgs({ options: { engine: { type: 'string' } }, allowPositionals: true })
  const unknown = positionals.filter(name => !Object.hasOwn(examples, name))
  if (positionals.length === 0 || unknown.length > 0) {
    throw new Error(
      `${unknown.length > 0 ? `No example is called ${unknown.join(', ')}. ` : ''}Usage: node setup/images.mjs ${Object.keys(examples).join('|')} [--engine docker|podman]`,
    )
  }
  const engine = await ensureEngine(values)
  for (const name of positionals) process.stdout.write(`${await ensureExample(engine, name)}\n`)
})
