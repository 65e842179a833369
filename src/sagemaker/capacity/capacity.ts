import type { Transaction } from '../../store/store.ts'
import { instanceType } from './instance-type.ts'

/** A part of the machine, or all of it. Memory in bytes. */
export interface Share {
  readonly cpus: number
  readonly memoryBytes: number
  readonly gpus: number
}

/** What runs everything: one machine, or the largest of several that schedule by themselves. */
export interface Machine extends Share {
  /** What all of them have to give, each Pod what it asks for, where the engine has several. */
  readonly together?: Share | undefined
}

export const wholeOf = (machine: Machine): Share => machine.together ?? machine

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

/** Who starts, and the part of its memory that each of its hosts gets. */
export interface Granted {
  readonly arn: string
  readonly memoryPart: number
}

/** What runs at the moment. */
export interface Held {
  readonly endpoints: Share
  readonly jobs: readonly Share[]
}

/**
 * The rule by which jobs start, in turns of the accounts (`inTurn`); none overtakes, so that small ones do not starve a big one.
 * Instance types say the most that a container may take, which few do: so a core counts as eight vCPUs, and memory four times while
 * half of it is really free, once otherwise. Endpoints leave at least half of that to jobs, and the first job of the queue starts
 * whenever no other runs.
 */
const vcpusPerCore = 8
const memoryTimes = 4
const leastForJobs = 1 / 2
const reallyFree = 1 / 2
const gib = 1024 ** 3

/**
 * What there is to give out. `freeBytes` is the memory that nobody uses at the moment. Machines that schedule by themselves take no more than what
 * they have, and the memory that this one has free says nothing of them.
 */
export function budgetOf({ cpus, memoryBytes, gpus, together }: Machine, freeBytes: number): Share {
  if (together) return together
  const times = freeBytes >= memoryBytes * reallyFree ? memoryTimes : 1
  return { cpus: cpus * vcpusPerCore, memoryBytes: memoryBytes * times, gpus }
}

/** What instances of these types hold of a machine; each no more than there is. */
export function shareOf(types: readonly string[], machine: Share, memoryPart = 1): Share {
  const shares = types.map(name => {
    const type = instanceType(name) ?? { vcpus: 0, memoryGiB: 0, gpus: 0 }
    const memoryBytes = Math.min(type.memoryGiB * gib, machine.memoryBytes) * memoryPart
    return { cpus: Math.min(type.vcpus, machine.cpus), memoryBytes, gpus: type.gpus }
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

/** What endpoints and jobs leave of the budget for further jobs. GPUs are nobody's to share. */
export function freeForJobs(budget: Share, { endpoints, jobs }: Held): Share {
  const left = minus(budget, endpoints)
  const least = { cpus: budget.cpus * leastForJobs, memoryBytes: budget.memoryBytes * leastForJobs }
  const forJobs = {
    cpus: Math.max(left.cpus, least.cpus),
    memoryBytes: Math.max(left.memoryBytes, least.memoryBytes),
    gpus: left.gpus,
  }
  return minus(forJobs, total(jobs))
}

/** What these instances want when together they have no more memory than the machine. */
export function partOf(machine: Machine, instanceTypes: readonly string[]): { memoryPart: number; wanted: Share } {
  const memoryPart = Math.min(1, wholeOf(machine).memoryBytes / shareOf(instanceTypes, machine).memoryBytes)
  return { memoryPart, wanted: shareOf(instanceTypes, machine, memoryPart) }
}

/**
 * Who of the queue starts now, in its order, with the part of its memory that each host gets: the hosts of one job share the machine's
 * memory when they ask for more. A job that needs more GPUs than the machine has goes in at once: it will never fit, and says so itself.
 */
export function admissions(machine: Machine, freeBytes: number, held: Held, queue: readonly Applicant[]): Granted[] {
  const admitted: Granted[] = []
  let free = freeForJobs(budgetOf(machine, freeBytes), held)
  let busy = held.jobs.length > 0
  for (const { arn, instanceTypes } of queue) {
    const { memoryPart, wanted } = partOf(machine, instanceTypes)
    const hopeless = wanted.gpus > wholeOf(machine).gpus
    if (!hopeless && !fits(wanted, free) && (busy || wanted.gpus > free.gpus)) break
    admitted.push({ arn, memoryPart })
    if (hopeless) continue
    free = minus(free, wanted)
    busy = true
  }
  return admitted
}

/**
 * The queue in turns: next is always the account that has the fewest jobs, running or ahead in the queue, and of it the job that was made
 * first; of two accounts that have as many, the one that has waited longer. So who asks for a hundred jobs makes nobody wait for them all.
 */
export function inTurn<Job extends { readonly account: string }>(
  running: readonly string[],
  queue: readonly Job[],
): Job[] {
  const count = new Map<string, number>()
  const add = (account: string): number => {
    const having = count.get(account) ?? 0
    count.set(account, having + 1)
    return having
  }
  for (const account of running) add(account)
  const turns = queue.map((job, place) => ({ job, place, turn: add(job.account) }))
  return turns.sort((a, b) => a.turn - b.turn || a.place - b.place).map(({ job }) => job)
}

/** Asks for a look at who may start: when a job or an endpoint is made, when one ends, and after a restart by each that waits. */
export const askForCapacity = (tx: Transaction): Promise<void> => tx.enqueue('capacity', 'machine')
