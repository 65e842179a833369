import type { EngineInfo, Limits } from '../../driver/driver.ts'

export interface InstanceType {
  readonly vcpus: number
  readonly memoryGiB: number
  readonly gpus: number
  /** Of each GPU. */
  readonly gpuMemoryGiB?: number
  /** What may be written outside a volume; `ownDiskBytes` when absent. */
  readonly diskGiB?: number
}

const gib = 1024 ** 3
/** What a container may write outside its volume where nobody has said how large that is. */
const ownDiskBytes = 30 * gib

/** GiB of memory per vCPU, by family. Source: Amazon EC2 instance types. */
const memoryPerVcpu: Record<string, number> = {
  t2: 4, t3: 4, m4: 4, m5: 4, m5d: 4, m6g: 4, m6gd: 4, m6i: 4, m6id: 4, m7i: 4, m8g: 4,
  c4: 1.875, c5: 2, c5d: 2, c5n: 2.625, c6g: 2, c6gd: 2, c6gn: 2, c6i: 2, c6id: 2, c7g: 2, c7i: 2, c8g: 2,
  r5: 8, r5d: 8, r6g: 8, r6gd: 8, r6i: 8, r6id: 8, r7i: 8, r7gd: 8, r8g: 8, x1e: 30.5,
  g4dn: 4, g5: 4, g6: 4, g6e: 8, gr6: 8, p2: 15.25, p3: 7.625, p3dn: 8, p4d: 12, p4de: 12, p5: 10.67, p5e: 10.67, p5en: 10.67,
  trn1: 4, trn1n: 4, trn2: 10.67, inf1: 2, inf2: 4,
} // biome-ignore format: a table

const vcpusBySize: Record<string, number> = {
  medium: 2, large: 2, xlarge: 4, '2xlarge': 8, '3xlarge': 12, '4xlarge': 16, '6xlarge': 24, '8xlarge': 32, '9xlarge': 36,
  '10xlarge': 40, '12xlarge': 48, '16xlarge': 64, '18xlarge': 72, '24xlarge': 96, '32xlarge': 128, '48xlarge': 192,
} // biome-ignore format: a table

const gpusByType: Record<string, number> = {
  'g4dn.12xlarge': 4, 'g5.12xlarge': 4, 'g5.24xlarge': 4, 'g5.48xlarge': 8, 'g6.12xlarge': 4, 'g6.24xlarge': 4, 'g6.48xlarge': 8,
  'g6e.12xlarge': 4, 'g6e.24xlarge': 4, 'g6e.48xlarge': 8, 'p2.8xlarge': 8, 'p2.16xlarge': 16, 'p3.8xlarge': 4, 'p3.16xlarge': 8,
  'p3dn.24xlarge': 8, 'p4d.24xlarge': 8, 'p4de.24xlarge': 8, 'p5.48xlarge': 8, 'p5e.48xlarge': 8, 'p5en.48xlarge': 8,
} // biome-ignore format: a table

/** GiB of memory of each GPU, by family. Source: Amazon EC2 instance types, accelerated computing. */
const gpuMemory: Record<string, number> = {
  g4dn: 16, g5: 24, g6: 24, g6e: 48, gr6: 24, p2: 12, p3: 16, p3dn: 32, p4d: 40, p4de: 80, p5: 80, p5e: 141, p5en: 141,
} // biome-ignore format: a table

/** Types with disks of their own, which are encrypted by a key of their own. Source: Amazon EC2 instance store volumes. */
export const hasLocalStorage = (name: string): boolean =>
  /d$|dn$|^(g5|g6|g6e|gr6|p4de|p5|p5e|p5en|trn1|trn1n|trn2|x1e)$/.test(name.split('.')[1] ?? '')

/** What an instance type such as `ml.m5.large` has; undefined for one that the table does not know. */
export function instanceType(name: string): InstanceType | undefined {
  const [, family = '', size = ''] = name.split('.')
  if (family === 'serverless') return serverlessType(Number(size))
  const vcpus = vcpusBySize[size]
  const memory = memoryPerVcpu[family]
  if (!vcpus || !memory) return undefined
  const gpus = gpusByType[`${family}.${size}`] ?? (/^(g\d|gr\d|p\d)/.test(family) ? 1 : 0)
  // The one size whose memory is not in its family's proportion.
  const memoryGiB = size === 'medium' && family.startsWith('t') ? 4 : vcpus * memory
  return { vcpus, memoryGiB, gpus, ...(gpus > 0 && { gpuMemoryGiB: gpuMemory[family] as number }) }
}

/** What a serverless endpoint of so many MB has. Source: SageMaker Developer Guide, "Deploy models with Amazon SageMaker Serverless Inference". */
const serverlessType = (megabytes: number): InstanceType => ({
  ...{ vcpus: Math.ceil(megabytes / 2048), memoryGiB: megabytes / 1024, gpus: 0, diskGiB: 5 },
})

/**
 * The type's resources as limits, scaled down to what the machine has, and of that memory to the part that the job was given: `note`
 * says so in words for the log. Throws when the type needs GPUs that the engine does not offer.
 */
export function limitsFor(
  name: string,
  engine: EngineInfo,
  memoryPart = 1,
): { limits: Limits & { readonly diskBytes: number }; note?: string } {
  const type = instanceType(name)
  if (!type) throw new Error(`The instance type ${name} is not in this installation's table.`)
  if (type.gpus > engine.gpus)
    throw new Error(
      `The instance type ${name} has ${type.gpus} GPU(s), but this machine's container engine offers ${engine.gpus}.${engine.gpuProblem ? ` ${engine.gpuProblem}.` : ''}`,
    )
  const cpus = Math.min(type.vcpus, engine.cpus)
  const memoryBytes = Math.floor(Math.min(type.memoryGiB * gib, engine.memoryBytes) * memoryPart)
  const sharedMemoryBytes = Math.floor(memoryBytes / 2)
  const diskBytes = type.diskGiB === undefined ? ownDiskBytes : type.diskGiB * gib
  const limits = { cpus, memoryBytes, sharedMemoryBytes, pids: 8192, gpus: type.gpus, diskBytes }
  const scaled = cpus < type.vcpus || memoryBytes < type.memoryGiB * gib
  const has = `${cpus} vCPU and ${(memoryBytes / gib).toFixed(1)} GiB`
  const notes = [
    ...(scaled ? [`${name} has ${type.vcpus} vCPU and ${type.memoryGiB} GiB; this machine gives it ${has}.`] : []),
    ...smallerGpus(name, type, engine),
  ]
  return notes.length > 0 ? { limits, note: notes.join(' ') } : { limits }
}

/** A GPU's memory cannot be given in parts: it is as large as it is. A tenth less is what drivers keep for themselves. */
function smallerGpus(name: string, { gpus, gpuMemoryGiB = 0 }: InstanceType, { gpuMemoryBytes }: EngineInfo): string[] {
  if (gpus === 0 || gpuMemoryBytes === undefined || gpuMemoryBytes >= gpuMemoryGiB * gib * 0.9) return []
  return [`${name} has GPUs of ${gpuMemoryGiB} GiB; this machine's have ${(gpuMemoryBytes / gib).toFixed(1)} GiB.`]
}
