import { freemem } from 'node:os'
import { clock } from '../../ground/clock.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Platform } from '../../service/context.ts'
import { ongoing } from '../../service/ongoing-status.ts'
import type { Transaction } from '../../store/store.ts'
import { type EndpointRow, endpoints } from '../serving/endpoint.ts'
import { trainingJobs } from '../training/training-job.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { transformJobs } from '../transform/transform-job.ts'
import type { Admission, Granted } from './capacity.ts'
import { type CapacityJob, type CapacityRows, type CapacityStep, decideCapacity } from './capacity-decision.ts'
import { engineSize } from './engine-size.ts'

const waiting = 'Waiting for capacity: the machine is taken by jobs that came before and by endpoints.'
const preparing = 'Preparing the instances for training'

/**
 * Lets jobs and endpoints in as the machine has room (`decideCapacity`). It knows nothing but the rows of what runs and what waits, so
 * that it goes on after a crash where it was; one key, so that two never admit at once.
 */
export function capacityReconciler(platform: Platform, freeMemory: () => number = freemem): Reconciler {
  const size = engineSize(platform.driver)
  return async () => {
    const observed = { machine: await size(), freeBytes: freeMemory() }
    return platform.store.transaction(async tx => {
      const step = decideCapacity(await readRows(tx), observed, clock.now())
      await apply(tx, step)
      return step.after === undefined ? undefined : { after: step.after }
    })
  }
}

async function apply(tx: Transaction, step: CapacityStep): Promise<void> {
  for (const granted of step.serve) await serve(tx, granted)
  for (const arn of step.refuse) await refuse(tx, arn)
  for (const { job, admission } of step.admit) await admit(tx, job, admission)
  for (const { kind, row } of step.wait) if (kind === 'training-job') await say(tx, row, waiting)
}

async function admit(tx: Transaction, { kind, row }: CapacityJob, admission: Admission): Promise<void> {
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

/** The oldest first. */
async function readRows(tx: Transaction): Promise<CapacityRows> {
  const found = await tx.db
    .selectFrom('resource')
    .select(['kind', 'document'])
    .where('kind', 'in', ['training-job', 'transform-job', 'endpoint'])
    .where('status', 'in', ongoing)
    .orderBy('created')
    .orderBy('arn')
    .execute()
  const rows = found.map(({ kind, document }) => ({ kind, row: JSON.parse(document) }))
  return {
    jobs: rows.filter(({ kind }) => kind !== 'endpoint') as CapacityJob[],
    endpoints: rows.filter(({ kind }) => kind === 'endpoint').map(({ row }): EndpointRow => row),
  }
}
