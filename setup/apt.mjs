import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must, run } from './command.mjs'

const remedy =
  'Check this machine’s apt sources and its network (`apt-get update` must succeed as root), and run this again.'

/** Installs distribution packages as root; those in `whereKnown` only if this release has them. */
export const aptInstall = async (packages, whereKnown = []) => {
  await apt('update')
  const known = await Promise.all(whereKnown.map(async name => (await run('apt-cache', ['show', name])).code === 0))
  await apt('install', '-y', '--no-install-recommends', ...packages, ...whereKnown.filter((_, index) => known[index]))
}

/** Unpacks distribution packages, without what they depend on, below a folder: nothing is installed. */
export const aptUnpack = async (packages, folder) => {
  await apt('update')
  const archives = await mkdtemp(join(tmpdir(), 'packages-'))
  await must('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', ...packages], { cwd: archives, remedy })
  for (const name of await readdir(archives)) await must('dpkg-deb', ['--extract', join(archives, name), folder])
  await rm(archives, { recursive: true })
}

const apt = (...args) =>
  must('apt-get', ['-o', 'DPkg::Lock::Timeout=180', ...args], { env: { DEBIAN_FRONTEND: 'noninteractive' }, remedy })

/**
 * `deb` lines for a Debian suite from the Debian mirrors this machine's apt uses, whatever release it runs itself.
 * @returns {Promise<string[]>} empty when apt knows no Debian mirror
 */
export const debianSources = async suite => {
  const listed = (await indexTargets()) || (await apt('update').then(indexTargets))
  const lines = listed
    .split('\n')
    .map(line => line.split('|'))
    .filter(([, , component, origin]) => component === 'main' && origin === 'Debian')
    .map(([uri, release, , , codename]) => ({ uri, release: release.replace(codename.split('-')[0], suite) }))
    .filter(({ release }) => [suite, `${suite}-updates`, `${suite}-security`].includes(release))
    .map(({ uri, release }) => `deb ${uri} ${release} main`)
  return [...new Set(lines)]
}

const indexTargets = async () => {
  const format = '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)|$(CODENAME)'
  return (await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])).stdout.trim()
}

/** The machine's own apt settings that an image's packages have to be fetched with too: date checks and retries. */
export const fetchOptions = async () =>
  (await config()).split('\n').filter(line => /^Acquire::(Check-Valid-Until|Check-Date|Retries) "/.test(line))

/**
 * The proxies of this machine's apt and environment, as `{http_proxy, https_proxy}`. They go into the environment of a
 * download or a build and never into an image, because they may hold a password.
 */
export const proxies = async () => {
  const settings = await config()
  const found = ['http', 'https'].map(scheme => [
    `${scheme}_proxy`,
    settings.match(new RegExp(`^Acquire::${scheme}::Proxy "(.+)";`, 'm'))?.[1] ?? process.env[`${scheme}_proxy`],
  ])
  return Object.fromEntries(found.filter(([, proxy]) => proxy && proxy !== 'DIRECT'))
}

const config = async () => (await run('apt-config', ['dump'])).stdout
