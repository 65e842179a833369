import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aptInstall, debianSources, fetchOptions, proxies } from './apt.mjs'
import { findProgram, must, run, say } from './command.mjs'
import { engineCommand, imageIds } from './engine.mjs'

/** The base image that the examples' Dockerfiles name. */
export const debianBase = 'debian:bookworm-slim'
const suite = 'bookworm'
const pullLimit = 10_000

// What the published slim image leaves out as well; copyright notices stay.
const slim = [
  ...['man', 'info', 'doc', 'locale', 'lintian', 'groff', 'linda'].map(name => `path-exclude=/usr/share/${name}/*`),
  'path-include=/usr/share/doc/*/copyright',
  'force-unsafe-io',
]

const imageSettings = [
  'CMD ["bash"]',
  'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'LABEL modelmart.made-by=mmdebstrap',
]

/**
 * Makes sure that the engine holds `debian:bookworm-slim`: what is there, else a pull of at most 10 s, else an image made
 * here with mmdebstrap from the Debian packages that this machine's own apt sources name.
 * @returns {Promise<string>} the image's id
 */
export const ensureDebianBase = async engine => {
  const [present] = await imageIds(engine, [debianBase])
  if (present) return present
  say(`looking for ${debianBase} in the engine's registries`)
  const pull = await run(...engineCommand(engine, ['pull', '--quiet', debianBase]), { timeout: pullLimit })
  if (pull.code !== 0) await make(engine)
  const [id] = await imageIds(engine, [debianBase])
  return id
}

const make = async engine => {
  say(`no registry gave ${debianBase}: making it from Debian packages with mmdebstrap (about 20 s)`)
  if (!findProgram('mmdebstrap')) await installMmdebstrap()
  const sources = await safeSources()
  const folder = await mkdtemp(join(tmpdir(), 'modelmart-base-'))
  try {
    const tar = join(folder, 'base.tar')
    await must('mmdebstrap', [...mmdebstrapFlags(await fetchOptions()), suite, tar, ...sources], {
      env: await proxies(),
      remedy: `Mend that, or bring the image yourself: \`docker load\` it on this machine as ${debianBase}.`,
    })
    const changes = imageSettings.flatMap(change => ['--change', change])
    await must(...engineCommand(engine, ['import', ...changes, tar, debianBase]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const mmdebstrapFlags = aptOptions => [
  '--variant=minbase',
  // usr-is-merged instead of usrmerge, which would bring all of Perl.
  '--include=usr-is-merged',
  '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
  ...slim.map(option => `--dpkgopt=${option}`),
  ...aptOptions.map(option => `--aptopt=${option}`),
  // Both are this machine's; the engine gives every container its own.
  '--customize-hook=rm -f "$1/etc/resolv.conf" "$1/etc/hostname"',
]

const installMmdebstrap = async () => {
  if (!findProgram('apt-get') || process.getuid?.() !== 0) {
    throw new Error(
      `${debianBase} is not on the engine, cannot be pulled, and mmdebstrap, which could make it, is not installed. ` +
        'Install mmdebstrap, or load the image (`docker load`), and run this again.',
    )
  }
  await aptInstall(['mmdebstrap', 'debian-archive-keyring'])
}

const safeSources = async () => {
  const sources = await debianSources(suite)
  if (sources.length === 0) {
    throw new Error(
      `This machine's apt knows no Debian mirror to make ${debianBase} from. Load that image into the engine yourself (\`docker load\`), or run this on Debian.`,
    )
  }
  if (sources.some(line => /:\/\/[^/]*@/.test(line))) {
    throw new Error(
      `This machine's apt sources hold a password, which must not end up in an image. Load ${debianBase} into the engine yourself (\`docker load\`).`,
    )
  }
  return sources
}
