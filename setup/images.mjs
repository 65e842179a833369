import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { proxies } from './apt.mjs'
import { asProgram, must, run, say } from './command.mjs'
import { debianBase, ensureDebianBase } from './debian-base.mjs'
import { engineCommand, ensureEngine, imageIds } from './engine.mjs'
import { wantsWheels, withWheels } from './wheels.mjs'

export { ensureDebianBase }

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const product = name => ({ folder: `examples/${name}/container`, base: ensureDebianBase })
const probe = name => ({ folder: `examples/${name}`, base: engine => ensureTestBase(engine) })

/** The example images: their build folder, and what they stand on. */
export const examples = {
  'iris-trees': product('iris-trees'),
  'churn-tree': product('churn-tree'),
  'demand-boost': product('demand-boost'),
  'digit-reader': product('digit-reader'),
  'freight-quotes': product('freight-quotes'),
  'language-guess': product('language-guess'),
  'name-maker': product('name-maker'),
  'ticket-topics': product('ticket-topics'),
  'valve-watch': product('valve-watch'),
  'vine-grades': product('vine-grades'),
  'escape-artist': probe('escape-artist'),
  'ticket-door': probe('ticket-door'),
  'contract-probe': probe('contract-probe'),
  'gradient-ring': probe('gradient-ring'),
}

/**
 * Builds an example image with everything under it, or finds it built already.
 * @param {keyof typeof examples} name
 * @returns {Promise<string>} the image's reference, `modelmart-NAME:HASH`
 */
export const ensureExample = async (engine, name) => {
  const { folder, base } = examples[name]
  return await build(engine, join(root, folder), `modelmart-${name}`, await base(engine))
}

/** Python and the C library alone, made from Debian's packages: `modelmart-test-base:HASH`. Returns that reference. */
export const ensureTestBase = async engine =>
  await build(engine, join(root, 'setup/test-base'), 'modelmart-test-base', await ensureDebianBase(engine))

/** What executes notebooks, made from Debian's packages. Returns its reference. */
export const ensureNotebookImage = async engine =>
  await build(engine, join(root, 'setup/notebook'), 'modelmart-notebook', await ensureDebianBase(engine))

/** Built once for the files of its folder and its base, which its name tells. */
const build = async (engine, folder, name, base) => {
  const source = await sourceHash(folder, base)
  const reference = `${engine.engine === 'podman' ? 'localhost/' : ''}${name}:${source.slice(0, 12)}`
  const [built] = await imageIds(engine, [reference])
  if (!built) await buildImage(engine, folder, reference, base.startsWith('sha256:') ? {} : { BASE: base })
  return reference
}

/**
 * Builds the Dockerfile in `folder`, with the machine's own network for its package downloads; what of it need not be built again, the
 * builder's own cache knows. Python packages that its `requirements.txt` names with hashes are laid into `wheels/` beside the Dockerfile that
 * copies them from there. The tag keeps that cache; who else builds under it at the same time may have it.
 * @param {{engine: string, socket: string}} engine from `ensureEngine`
 * @param {string[]} [secrets] for `RUN --mount=type=secret`, as `docker build --secret` takes them: `id=NAME,src=FILE`
 * @returns {Promise<string>} the id of what was built, `sha256:…`
 */
export const buildImage = async (engine, folder, tag, buildArguments = {}, secrets = []) => {
  await ensureBases(engine, folder)
  const build = context => buildContext(engine, context, folder, tag, buildArguments, secrets)
  return (await wantsWheels(folder)) ? withWheels(folder, build) : build(folder)
}

const buildContext = async (engine, context, folder, tag, buildArguments, secrets) => {
  say(`building ${tag}`)
  const [proxy, buildKit] = await Promise.all([proxies(), hasBuildKit(engine)])
  if (secrets.length > 0 && engine.engine === 'docker' && !buildKit)
    throw new Error('A secret is given to a build by BuildKit alone, which Docker has with its package docker-buildx.')
  // A build argument without a value takes it from the environment, so that no message shows a proxy's password.
  const args = [...Object.entries(buildArguments).map(pair => pair.join('=')), ...Object.keys(proxy)]
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-build-'))
  try {
    const idFile = join(directory, 'id')
    const flags = [
      '--network',
      'host',
      '--force-rm',
      '--iidfile',
      idFile,
      '--tag',
      tag,
      // By it a server on the engine knows what it may remove once nothing names it any more.
      '--label',
      'modelmart.built=yes',
      ...(buildKit ? ['--load'] : []),
    ]
    const given = secrets.flatMap(secret => ['--secret', secret])
    const withArgs = [...flags, ...given, ...args.flatMap(arg => ['--build-arg', arg])]
    await must(...engineCommand(engine, ['build', ...withArgs, context]), {
      // Docker's builder of old is in every Docker; the new one is a package of its own.
      env: { ...proxy, ...(engine.engine === 'docker' && { DOCKER_BUILDKIT: buildKit ? '1' : '0' }) },
      onLine: line => /^(\[.*\] )?step \d+|^#\d+ \[/i.test(line) && say(`  ${line.slice(0, 100)}`),
      remedy: `The build of ${folder}/Dockerfile failed at the step above; mend that step and run this again.`,
    })
    const id = (await readFile(idFile, 'utf8')).trim()
    return id.startsWith('sha256:') ? id : `sha256:${id}`
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Debian, where a stage stands on it: machines without a registry make it themselves. */
const ensureBases = async (engine, folder) => {
  const dockerfile = await readFile(join(folder, 'Dockerfile'), 'utf8')
  const bases = [...dockerfile.matchAll(/^\s*FROM\s+(?:--\S+\s+)*(\S+)/gim)].map(([, name]) => name)
  if (bases.includes(debianBase)) await ensureDebianBase(engine)
}

const hasBuildKit = async engine =>
  engine.engine === 'docker' && (await run(...engineCommand(engine, ['buildx', 'version']))).code === 0

/** SHA-256 over the base and every file of the folder: path, executable or not, content. */
export const sourceHash = async (folder, base) => {
  const hash = createHash('sha256').update(`${base}\0`)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path, entry.name))
  for (const path of paths.sort()) {
    const { mode, size } = await stat(path)
    hash.update(`${relative(folder, path)}\0${mode & 0o100}\0${size}\0`)
    for await (const chunk of createReadStream(path)) hash.update(chunk)
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
