import { clusterHosts } from '../training/training-cluster.ts'
import { type Admission, admissions, type Granted, inTurn, type Machine, shareOf } from './capacity.ts'
import type { CapacityJob, CapacityRows, TrainingNeed, TransformNeed } from './capacity-rows.ts'
import { servingAdmissions, servingOf } from './serving-capacity.ts'

export interface CapacityObserved {
  readonly machine: Machine
  /** Memory that nobody uses at the moment. */
  readonly freeBytes: number
}

/** Who goes in now, in their order, and who goes on waiting; `after` milliseconds somebody has to look again. */
export interface CapacityStep {
  readonly admit: readonly { readonly job: CapacityJob; readonly admission: Admission }[]
  readonly wait: readonly CapacityJob[]
  readonly serve: readonly Granted[]
  /** ARNs of endpoints that have waited too long. */
  readonly refuse: readonly string[]
  readonly after: number | undefined
}

/** An endpoint may have gone, or memory been freed, and nobody tells. */
const lookAgainMs = 5000

/**
 * Lets jobs and endpoints in as the machine has room, by nothing but the rows of what runs and what waits and by the machine. Time in
 * milliseconds.
 */
export function decideCapacity(rows: CapacityRows, { machine, freeBytes }: CapacityObserved, at: number): CapacityStep {
  const running = rows.jobs.filter(holds)
  const jobs = running.map(job => shareOf(typesOf(job), machine, job.row.admission?.memoryPart))
  const serving = servingOf(rows.endpoints, machine)
  const served = servingAdmissions(machine, freeBytes, serving, jobs, at)
  const queue = inTurn(
    running.map(({ row }) => row.account),
    rows.jobs.filter(({ row }) => waits(row)).map(job => ({ job, ...job.row, instanceTypes: typesOf(job) })),
  )
  // Endpoints that have just been let in count from the next round on: jobs have a part of their own.
  const admitted = admissions(machine, freeBytes, { endpoints: serving.held, jobs }, queue)
  const later = queue.slice(admitted.length)
  const servingLater = serving.queue.length - served.admitted.length - served.refused.length
  return {
    admit: admitted.map(({ memoryPart }, place) => ({
      job: queue[place]?.job as CapacityJob,
      admission: { at, memoryPart },
    })),
    wait: later.map(({ job }) => job),
    serve: served.admitted,
    refuse: served.refused,
    after: later.length + servingLater > 0 ? lookAgainMs : undefined,
  }
}

/** Its containers are there, or are being made. */
const holds = ({ row }: CapacityJob): boolean =>
  row.admission !== undefined && !('containersEnd' in row && row.containersEnd)

/** It has asked, and has nothing yet. */
export const waits = (row: CapacityJob['row']): boolean => !row.admission && row.status === 'InProgress'

const typesOf = (job: CapacityJob): string[] =>
  job.kind === 'training-job' ? trainingTypes(job.row) : transformTypes(job.row)

const trainingTypes = ({ request }: TrainingNeed): string[] =>
  clusterHosts(request.ResourceConfig ?? {}).map(({ instanceType }) => instanceType)

const transformTypes = ({ request: { TransformResources: resources } }: TransformNeed): string[] =>
  Array.from({ length: resources.InstanceCount ?? 1 }, () => resources.InstanceType as string)
