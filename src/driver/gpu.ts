import { readdir } from 'node:fs/promises'
import { runCommand } from '../ground/command.ts'

/** A GPU of the machine. `id` is its number, as in `/dev/nvidia0`. */
export interface Gpu {
  readonly id: string
  /** Undefined where `nvidia-smi` is not there to tell. */
  readonly memoryBytes?: number
}

/** The GPUs that the machine has, whether or not an engine can give them to containers. */
export async function machineGpus(): Promise<Gpu[]> {
  const names = await readdir('/dev')
  const ids = names.flatMap(name => /^nvidia(\d+)$/.exec(name)?.[1] ?? []).sort((a, b) => Number(a) - Number(b))
  if (ids.length === 0) return []
  const memory = await memoryById()
  return ids.map(id => ({ id, ...(memory.has(id) && { memoryBytes: memory.get(id) as number }) }))
}

const query = ['--query-gpu=index,memory.total', '--format=csv,noheader,nounits']

async function memoryById(): Promise<Map<string, number>> {
  const told = await runCommand('nvidia-smi', query, { timeout: 10_000 }).catch(() => ({ stdout: '' }))
  return memoriesOf(told.stdout)
}

/** `0, 15360`, in MiB, a line each. */
export const memoriesOf = (text: string): Map<string, number> =>
  new Map(
    [...text.matchAll(/^(\d+), *(\d+)$/gm)].map(([, id, mebibytes]) => [id as string, Number(mebibytes) * 1024 ** 2]),
  )

interface Engine {
  readonly engine: 'docker' | 'podman'
  readonly version: string
  readonly runtimes: readonly string[]
}

/** Podman's Docker API gives devices from this version on, by CDI; those before take the request and leave it out. */
const podmanWithDevices = [5, 4] as const

/** Why an engine cannot give the machine's GPUs to containers, and what helps; undefined when it can. */
export function gpuProblem({ engine, version, runtimes }: Engine): string | undefined {
  if (engine === 'docker')
    return runtimes.includes('nvidia')
      ? undefined
      : 'Docker has no runtime called nvidia: install nvidia-container-toolkit, run nvidia-ctk runtime configure, and start Docker anew'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor, leastMinor] = podmanWithDevices
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
    ? undefined
    : `Podman ${version} gives containers no GPU by its API: ${podmanWithDevices.join('.')} does, with what nvidia-ctk cdi generate writes`
}

/** What asks the engine for these GPUs: a program needs the driver's libraries and `nvidia-smi`, by which toolkits count. */
export const gpuRequest = (engine: 'docker' | 'podman', ids: readonly string[]) =>
  engine === 'docker'
    ? { Driver: '', DeviceIDs: ids, Capabilities: [['gpu', 'compute', 'utility']] }
    : { Driver: 'cdi', DeviceIDs: ids.map(id => `nvidia.com/gpu=${id}`) }

/** GPUs that a container was given, with the instance that it is of. */
export interface GpuHolder {
  readonly instance: string
  readonly ids: readonly string[]
}

/**
 * Which GPUs a container of an instance gets: those that another of the same instance has, as on AWS, where they share it; else the first
 * that nobody has. Undefined while there are too few.
 */
export function freeGpus(
  gpus: readonly Gpu[],
  holders: readonly GpuHolder[],
  instance: string,
  count: number,
): readonly string[] | undefined {
  const mates = holders.find(holder => holder.instance === instance)
  if (mates) return mates.ids
  const taken = new Set(holders.flatMap(({ ids }) => ids))
  const free = gpus.filter(({ id }) => !taken.has(id)).map(({ id }) => id)
  return free.length < count ? undefined : free.slice(0, count)
}
