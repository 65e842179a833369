import type { EngineInfo } from '../driver/driver.ts'
import type { Transaction } from '../store/store.ts'
import { instanceType } from './instance-type.ts'

/** A part of the machine, or all of it. Memory in bytes. */
export interface Share {
  readonly cpus: number
  readonly memoryBytes: number
  readonly gpus: number
}

/** What the machine gives a job. */
export interface Admission {
  /** Milliseconds. */
  readonly at: number
  /** Part of its instance types' memory, as far as the machine has that much, that each host gets: 1, or less on a machine too small. */
  readonly memoryPart: number
}

export interface Applicant {
  readonly arn: string
  /** One for each instance. */
  readonly instanceTypes: readonly string[]
}

/**
 * The rule by which jobs start. Memory is given out once; a core counts as four vCPUs, since what one job leaves idle another takes.
 * Jobs start in the order in which they were made, and none overtakes: a big job is not starved by small ones. The first one starts
 * whatever it asks for when no other job runs, on what endpoints leave of the machine, and never less than a quarter of it.
 */
const vcpusPerCore = 4
const leastPart = 1 / 4
const gib = 1024 ** 3

export const machineOf = ({ cpus, memoryBytes, gpus }: EngineInfo): Share => ({
  cpus: cpus * vcpusPerCore,
  memoryBytes,
  gpus,
})

/** What instances of these types hold of a machine; each no more than there is. */
export function shareOf(types: readonly string[], machine: Share, memoryPart = 1): Share {
  const shares = types.map(name => {
    const type = instanceType(name) ?? { vcpus: 0, memoryGiB: 0, gpus: 0 }
    const memoryBytes = Math.min(type.memoryGiB * gib, machine.memoryBytes) * memoryPart
    return { cpus: Math.min(type.vcpus, machine.cpus / vcpusPerCore), memoryBytes, gpus: type.gpus }
  })
  return total(shares)
}

export const total = (shares: readonly Share[]): Share => ({
  cpus: shares.reduce((sum, { cpus }) => sum + cpus, 0),
  memoryBytes: shares.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
  gpus: shares.reduce((sum, { gpus }) => sum + gpus, 0),
})

const minus = (a: Share, b: Share): Share => ({
  cpus: a.cpus - b.cpus,
  memoryBytes: a.memoryBytes - b.memoryBytes,
  gpus: a.gpus - b.gpus,
})

const fits = (wanted: Share, free: Share): boolean =>
  wanted.cpus <= free.cpus && wanted.memoryBytes <= free.memoryBytes && wanted.gpus <= free.gpus

/**
 * Who of the queue starts now, in its order, with the part of its memory that it gets. `held` is what runs already, `jobs` whether
 * any of that is a job. A job that needs more GPUs than the machine has goes in at once: it will never fit, and says so itself.
 */
export function admissions(
  machine: Share,
  held: Share,
  jobs: boolean,
  queue: readonly Applicant[],
): { readonly arn: string; readonly memoryPart: number }[] {
  const admitted: { arn: string; memoryPart: number }[] = []
  let free = minus(machine, held)
  let busy = jobs
  for (const { arn, instanceTypes } of queue) {
    const wanted = shareOf(instanceTypes, machine)
    const hopeless = wanted.gpus > machine.gpus
    if (!hopeless && !fits(wanted, free) && (busy || wanted.gpus > free.gpus)) break
    const room = Math.max(free.memoryBytes, machine.memoryBytes * leastPart)
    const memoryPart = Math.min(1, room / wanted.memoryBytes)
    admitted.push({ arn, memoryPart })
    if (hopeless) continue
    free = minus(free, shareOf(instanceTypes, machine, memoryPart))
    busy = true
  }
  return admitted
}

/** Asks for a look at who may start: when a job is made, when one ends, and after a restart by each that waits. */
export const askForCapacity = (tx: Transaction): Promise<void> => tx.enqueue('capacity', 'machine')
