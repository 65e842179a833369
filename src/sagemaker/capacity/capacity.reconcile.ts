import { freemem } from 'node:os'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Platform } from '../../service/context.ts'
import type { Transaction } from '../../store/store.ts'
import { type EndpointRow, endpoints } from '../serving/endpoint.ts'
import { clusterHosts } from '../training/training-cluster.ts'
import { trainingJobs } from '../training/training-job.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { transformJobs } from '../transform/transform-job.ts'
import type { TransformJobRow } from '../transform/transform-job-row.ts'
import { type Admission, admissions, type Granted, inTurn, type Share, shareOf } from './capacity.ts'
import { engineSize } from './engine-size.ts'
import { type Serving, servingAdmissions, servingOf } from './serving-capacity.ts'

const lookAgainMs = 5000
const waiting = 'Waiting for capacity: the machine is taken by jobs that came before and by endpoints.'
const preparing = 'Preparing the instances for training'

/**
 * Lets jobs and endpoints in as the machine has room. It knows nothing but the rows of what runs and what waits, so that it goes on after a crash
 * where it was; one key, so that two never admit at once. While somebody waits it looks again by itself: an endpoint may have gone.
 */
export function capacityReconciler(platform: Platform, freeMemory: () => number = freemem): Reconciler {
  const size = engineSize(platform.driver)
  return async () => {
    const machine = await size()
    return platform.store.transaction(async tx => {
      const { jobs, queue, serving } = await survey(tx, machine)
      const at = platform.now().getTime()
      const free = freeMemory()
      const served = servingAdmissions(machine, free, serving, jobs, at)
      for (const granted of served.admitted) await serve(tx, granted)
      for (const arn of served.refused) await refuse(tx, arn)
      // Endpoints that have just been let in count from the next round on: jobs have a part of their own.
      const admitted = admissions(machine, free, { endpoints: serving.held, jobs }, queue)
      for (const [index, { memoryPart }] of admitted.entries()) await admit(tx, queue[index] as Job, { at, memoryPart })
      const left = queue.slice(admitted.length)
      for (const { kind, row } of left) if (kind === 'training-job') await say(tx, row, waiting)
      const waiters = left.length + serving.queue.length - served.admitted.length - served.refused.length
      return waiters > 0 ? { after: lookAgainMs } : undefined
    })
  }
}

type Job = { readonly arn: string; readonly account: string; readonly instanceTypes: readonly string[] } & (
  | { readonly kind: 'training-job'; readonly row: TrainingJobRow }
  | { readonly kind: 'transform-job'; readonly row: TransformJobRow }
)

async function admit(tx: Transaction, { kind, row }: Job, admission: Admission): Promise<void> {
  if (kind === 'transform-job') await transformJobs.update(tx, row.arn, { admission })
  else {
    await say(tx, row, preparing)
    await trainingJobs.update(tx, row.arn, { admission })
  }
  await tx.enqueue(kind, row.arn)
}

async function serve(tx: Transaction, { arn, memoryPart }: Granted): Promise<void> {
  await endpoints.update(tx, arn, ({ target }) => ({
    target: target && { ...target, hosts: target.hosts.map(host => ({ memoryPart, ...host })) },
  }))
  await tx.enqueue('endpoint', arn)
}

async function refuse(tx: Transaction, arn: string): Promise<void> {
  await endpoints.update(tx, arn, ({ target }) => ({ target: target && { ...target, noCapacity: true } }))
  await tx.enqueue('endpoint', arn)
}

/** Changes the message of the status that the job is in. */
async function say(tx: Transaction, { arn, transitions }: TrainingJobRow, StatusMessage: string): Promise<void> {
  const last = transitions.at(-1)
  if (last && last.StatusMessage !== StatusMessage)
    await trainingJobs.update(tx, arn, { transitions: [...transitions.slice(0, -1), { ...last, StatusMessage }] })
}

interface Survey {
  /** What each job that runs holds. */
  readonly jobs: readonly Share[]
  /** Jobs that wait. */
  readonly queue: readonly Job[]
  readonly serving: Serving
}

const ongoing = ['InProgress', 'Stopping', 'Creating', 'Updating', 'InService', 'Deleting']

/** Reads everything that has containers or waits to have some, the oldest first. */
async function survey(tx: Transaction, machine: Share): Promise<Survey> {
  const found = await tx.db
    .selectFrom('resource')
    .select(['kind', 'document'])
    .where('kind', 'in', ['training-job', 'transform-job', 'endpoint'])
    .where('status', 'in', ongoing)
    .orderBy('created')
    .orderBy('arn')
    .execute()
  const jobs = found.flatMap(({ kind, document }) => jobOf(kind, document) ?? [])
  const rows: EndpointRow[] = found
    .filter(({ kind }) => kind === 'endpoint')
    .map(({ document }) => JSON.parse(document))
  const admitted = jobs.filter(({ row }) => row.admission && !('containersEnd' in row && row.containersEnd))
  const waiting = jobs.filter(({ row }) => !row.admission && row.status === 'InProgress')
  const queue = inTurn(
    admitted.map(({ account }) => account),
    waiting,
  )
  return {
    jobs: admitted.map(({ row, instanceTypes }) => shareOf(instanceTypes, machine, row.admission?.memoryPart)),
    queue,
    serving: servingOf(rows, machine),
  }
}

function jobOf(kind: string, document: string): Job | undefined {
  if (kind === 'endpoint') return undefined
  const row = JSON.parse(document)
  if (kind === 'transform-job')
    return { kind, arn: row.arn, account: row.account, row, instanceTypes: transformTypes(row) }
  return { kind: 'training-job', arn: row.arn, account: row.account, row, instanceTypes: trainingTypes(row) }
}

const trainingTypes = ({ request }: TrainingJobRow): string[] =>
  clusterHosts(request.ResourceConfig ?? {}).map(({ instanceType }) => instanceType)

const transformTypes = ({ request: { TransformResources: resources } }: TransformJobRow): string[] =>
  Array.from({ length: resources.InstanceCount ?? 1 }, () => resources.InstanceType as string)
