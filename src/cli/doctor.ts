import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, stat, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDockerDriver, type DockerDriver } from '../driver/docker.ts'
import type { EngineInfo } from '../driver/driver.ts'
import type { ClusterSettings } from '../driver/kubernetes/open.ts'
import type { Bucket, BucketKeys } from '../store/bucket.ts'
import { dataDirectory } from '../store/data-directory.ts'
import { makeVolume, removeVolumes } from '../workload/volume.ts'
import type { CommandContext } from './command-context.ts'
import { engineSocket } from './engine-socket.ts'

interface Finding {
  readonly what: string
  readonly good: boolean
  readonly detail: string
  readonly remedy?: string
}

/** As `start` has them. */
export interface Mailing {
  readonly smtpUrl?: string
  readonly mailFrom?: string
}

const leastFreeBytes = 5 * 1024 ** 3

/** `modelmart doctor`: what this machine can run; exits 1 when something that is needed is amiss. */
export async function doctor(mailing: Mailing, context: CommandContext): Promise<void> {
  const { data, out } = context
  const findings = [
    node(),
    openFiles(),
    ...(context.cluster ? await cluster(context.cluster) : await engine(context)),
    await disk(data),
    await volumes(data),
    mail(mailing),
    ...(context.objects?.url === undefined ? [] : [await bucket(context.objects.url, context.objects.keys)]),
  ]
  for (const { what, good, detail, remedy } of findings) {
    out.write(`${good ? 'ok  ' : 'FAIL'}  ${what.padEnd(10)} ${detail}\n`)
    if (!good && remedy) out.write(`      ${' '.repeat(10)} ${remedy}\n`)
  }
  process.exitCode = findings.every(({ good }) => good) ? 0 : 1
}

function node(): Finding {
  const good = Number(process.versions.node.split('.')[0]) >= 24
  return { what: 'node', good, detail: process.version, remedy: 'Run `npm ci`; its Node comes with it.' }
}

async function engine(context: CommandContext): Promise<Finding[]> {
  const socket = engineSocket(context)
  const shownFiles = context.engineOutside ? dataDirectory(context.data).shownFiles : undefined
  try {
    const driver = await createDockerDriver({ socket, installation: 'doctor', ...(shownFiles && { shownFiles }) })
    try {
      const info = await driver.info()
      const machine = `${info.cpus} CPUs, ${(info.memoryBytes / 1024 ** 3).toFixed(1)} GiB`
      const found: Finding[] = [
        { what: 'engine', good: true, detail: `${info.engine} ${info.version} on ${socket}: ${machine}` },
        gpu(info),
      ]
      return [...found, logs(info), await isolation(driver)]
    } finally {
      await driver.close()
    }
  } catch (error) {
    const { message } = error as Error
    return [{ what: 'engine', good: false, detail: message, remedy: engineRemedy(message) }]
  }
}

async function cluster(settings: ClusterSettings): Promise<Finding[]> {
  const { checkCluster } = await import('../driver/kubernetes/cluster-check.ts')
  try {
    return await checkCluster(settings)
  } catch (error) {
    const remedy = 'Name the cluster by kubeconfig, and an account of it that may get and list nodes.'
    return [{ what: 'engine', good: false, detail: (error as Error).message, remedy }]
  }
}

/** No failure where there is none: it is one where containers cannot be given what is there. */
export function gpu({ gpus, gpuMemoryBytes, gpuProblem }: EngineInfo): Finding {
  const what = 'gpu'
  if (gpuProblem)
    return { what, good: false, detail: 'there are GPUs, and containers get none', remedy: `${gpuProblem}.` }
  if (gpus === 0) return { what, good: true, detail: 'none; GPU instance types are refused' }
  const memory = gpuMemoryBytes === undefined ? '' : ` of ${(gpuMemoryBytes / 1024 ** 3).toFixed(1)} GiB and more`
  return { what, good: true, detail: `${gpus}${memory}` }
}

/** Docker whose reader keeps its place in a log that is begun anew; see docs/decisions/2026-11-28-layers-of-containers.md. */
const firstThatKeepsItsPlace = 25

/** No failure: Debian's Docker is older, and 256 MiB between two reads are seldom. */
function logs({ engine, version }: EngineInfo): Finding {
  const loses = engine === 'docker' && Number.parseInt(version, 10) < firstThatKeepsItsPlace
  const detail = loses
    ? `Docker ${version} leaves lines out when a container prints 256 MiB before they are read; Docker ${firstThatKeepsItsPlace} does not`
    : 'lines wait for their reader'
  return { what: 'logs', good: true, detail }
}

/** An engine that is there needs no installation. */
const engineRemedy = (problem: string): string =>
  /EACCES|EPERM|permission denied/i.test(problem)
    ? 'Run as root: the socket belongs to others, and the networks of containers are closed by root alone.'
    : 'Install one: `apt-get install docker.io` or `podman`; or let `node setup/engine.mjs` do it.'

const remedyOutside =
  'An engine that does not see the files of this program, as from a container, needs engine-outside, and the data directory by the same path.'

async function isolation(driver: DockerDriver): Promise<Finding> {
  const remedy = 'Run as root with iptables installed, so that container networks can be closed.'
  try {
    const { isolated, escaped } = await driver.proveIsolation()
    const detail = isolated ? 'a probe container could not get out' : `a probe container got out: ${escaped.join('; ')}`
    return { what: 'isolation', good: isolated, detail, remedy }
  } catch (error) {
    const { message: detail } = error as Error
    return {
      what: 'isolation',
      good: false,
      detail,
      remedy: /no such file|does not exist/i.test(detail) ? remedyOutside : remedy,
    }
  }
}

/** No failure: an installation may write to nobody. */
function mail({ smtpUrl, mailFrom }: Mailing): Finding {
  const detail =
    smtpUrl && mailFrom
      ? `goes by the server that smtp-url names, from ${mailFrom}`
      : 'nothing is mailed: smtp-url and mail-from name no server'
  return { what: 'mail', good: true, detail }
}

/** Puts, reads, lists and removes, as a server will. */
async function bucket(url: string, keys: BucketKeys | undefined): Promise<Finding> {
  const [{ openBucket }, { parseBucketUrl }] = await Promise.all([
    import('../store/bucket.ts'),
    import('../store/bucket-url.ts'),
  ])
  const what = 'objects'
  try {
    const tried = openBucket({ place: parseBucketUrl(url), keys, tries: 1 })
    await tryBucket(tried).finally(() => tried.close())
    return { what, good: true, detail: `${tried.name} takes content and gives it back` }
  } catch (error) {
    const remedy =
      'Its keys must allow GetObject, PutObject, DeleteObject, ListBucket, AbortMultipartUpload and ListBucketMultipartUploads.'
    return { what, good: false, detail: (error as Error).message, remedy }
  }
}

async function tryBucket(tried: Bucket): Promise<void> {
  const key = `doctor-${randomUUID()}`
  await tried.put(key, Buffer.from(key))
  try {
    for await (const _ of tried.list(key));
    await tried.abortUploads(new Date(0))
    if (!(await tried.has(key))) throw new Error(`${tried.name} does not have what it has just taken`)
  } finally {
    await tried.remove(key)
  }
}

const leastOpenFiles = 1024

/** Each container takes some files of the server. */
function openFiles(): Finding {
  const [, soft = '0'] = readFileSync('/proc/self/limits', 'utf8').match(/^Max open files\s+(\S+)/m) ?? []
  const good = soft === 'unlimited' || Number(soft) >= leastOpenFiles
  const remedy = `Raise it to ${leastOpenFiles} at least (ulimit -n): jobs wait without a word when it is used up.`
  return { what: 'files', good, detail: `${soft} may be open at a time`, remedy }
}

async function disk(data: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(data).catch(() => statfs('.'))
  const free = bavail * bsize
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free for ${data}`
  return { what: 'disk', good: free >= leastFreeBytes, detail, remedy: 'Images and data need at least 5 GiB.' }
}

/** Tries one. Jobs run without, so it is no failure; but what a container writes is then bounded by the disk alone. */
async function volumes(data: string): Promise<Finding> {
  const there = await stat(data).catch(() => undefined)
  const directory = await mkdtemp(join(there ? data : tmpdir(), 'doctor-'))
  try {
    const problem = await makeVolume({ directory: join(directory, 'volume'), bytes: 1, inMemory: false })
    if (!problem) return { what: 'volumes', good: true, detail: 'VolumeSizeInGB is enforced by mounted volumes' }
    const remedy = 'run as root, with mount and e2fsprogs installed and loop devices'
    return { what: 'volumes', good: true, detail: `VolumeSizeInGB is not enforced (${problem}); ${remedy}` }
  } finally {
    await removeVolumes(directory)
    await rm(directory, { recursive: true, force: true })
  }
}
