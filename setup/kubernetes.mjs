import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { aptUnpack } from './apt.mjs'
import { findProgram, must, run, say } from './command.mjs'

const module = new URL('../test/kubernetes/cluster/', import.meta.url).pathname
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'modelmart/kubernetes')

/** What the program is called decides which part of a cluster it is. */
const parts = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kubectl']
/** As packages of Debian's, unpacked beside and not installed: none of them starts a service on this machine. */
const packages = ['etcd-server', 'containerd', 'runc', 'containernetworking-plugins', 'busybox-static']
/** What an image of Modelmart stands on: nft, which closes networks of Pods, busybox, tar, and the libraries of both and of Node. */
const imagePackages = [
  ...['busybox-static', 'nftables', 'libc6', 'libstdc++6', 'libgcc-s1', 'libnftables1', 'libnftnl11', 'libmnl0'],
  ...['libxtables12', 'libedit2', 'libtinfo6', 'libbsd0', 'libmd0', 'libgmp10', 'libjansson4'],
  ...['tar', 'libacl1', 'libselinux1', 'libpcre2-8-0'],
]
const oldestGo = 24

/**
 * The programs of a cluster: Kubernetes' parts made with Go, the rest from Debian. Both are made once and kept in the user's cache.
 * @returns {Promise<{programs: string[], plugins: string} | {missing: string}>} folders for a PATH and for CNI, or why there can be none
 */
export const ensureKubernetes = async () => {
  const missing = await whatIsMissing()
  if (missing) return { missing }
  const [built, debian] = [await builtParts(), await unpacked(packages)]
  return {
    programs: [built, ...['bin', 'sbin', 'usr/bin', 'usr/sbin'].map(folder => join(debian, folder))],
    plugins: join(debian, 'usr/lib/cni'),
  }
}

const whatIsMissing = async () => {
  if (process.getuid?.() !== 0) return 'only root may make a node'
  if (!findProgram('apt-get')) return 'etcd and containerd are taken from Debian’s packages, and there is no apt here'
  const go = goProgram()
  if (!go) return 'there is no Go to make Kubernetes with'
  const version = (await run(go, ['env', 'GOVERSION'])).stdout.trim()
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1])
  return minor >= oldestGo
    ? undefined
    : `Kubernetes wants Go 1.${oldestGo} or later, and here is ${version || 'an older'}`
}

const goProgram = () => findProgram('go') ?? ['/usr/local/go/bin/go'].find(existsSync)

const builtParts = async () => {
  const files = await Promise.all(['main.go', 'go.mod', 'go.sum'].map(name => readFile(join(module, name))))
  const version = /k8s\.io\/kubernetes (v[\d.]+)/.exec(files[1].toString())[1]
  const flags = ['-trimpath', '-ldflags', `-s -w -X k8s.io/component-base/version.gitVersion=${version}`]
  return kept(keyOf([...files, flags.join(' '), process.arch]), async folder => {
    say(`making Kubernetes ${version} with Go, once: 6 to 10 minutes on two cores`)
    await must(goProgram(), ['build', ...flags, '-o', join(folder, 'kubernetes'), '.'], {
      cwd: module,
      env: { CGO_ENABLED: '0' },
    })
    for (const part of parts) await symlink('kubernetes', join(folder, part))
  })
}

/** The root of an image, without Node and Modelmart, made once. */
export const ensureImageRoot = () => unpacked(imagePackages)

const unpacked = async packages => {
  const release = await readFile('/etc/os-release')
  return kept(keyOf([release, packages.join(' '), process.arch]), folder => aptUnpack(packages, folder))
}

const helm = 'v3.19.2'

/** The path of Helm, made with Go once; undefined where there is neither. */
export const ensureHelm = async () => {
  const found = findProgram('helm')
  if (found || !goProgram()) return found
  const folder = await kept(keyOf(['helm', helm, process.arch]), async folder => {
    say(`making Helm ${helm} with Go, once, which takes minutes`)
    await must(goProgram(), ['install', `helm.sh/helm/v3/cmd/helm@${helm}`], { env: { GOBIN: folder } })
  })
  return join(folder, 'helm')
}

const keyOf = contents => {
  const hash = createHash('sha256')
  for (const content of contents) hash.update(content)
  return hash.digest('hex').slice(0, 16)
}

/** The folder of a key in the cache: made whole, or not there. */
const kept = async (key, make) => {
  const folder = join(cache, key)
  if (existsSync(folder)) return folder
  await mkdir(cache, { recursive: true })
  const making = await mkdtemp(join(cache, 'making-'))
  try {
    await make(making)
    await rename(making, folder).catch(async error => {
      if ((await readdir(folder).catch(() => [])).length === 0) throw error
    })
  } finally {
    await rm(making, { recursive: true, force: true })
  }
  return folder
}
