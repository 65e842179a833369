import { freemem } from 'node:os'
import { clock } from '../../ground/clock.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Platform } from '../../service/context.ts'
import type { Store, Transaction } from '../../store/store.ts'
import { type EndpointHost, type EndpointRow, endpoints } from '../serving/endpoint.ts'
import { trainingJobs } from '../training/training-job.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { transformJobs } from '../transform/transform-job.ts'
import type { Admission } from './capacity.ts'
import { type CapacityStep, decideCapacity, waits } from './capacity-decision.ts'
import { type CapacityJob, type CapacityRows, type EndpointNeed, readRows } from './capacity-rows.ts'
import { engineSize } from './engine-size.ts'
import { applicantOf, isWaiting } from './serving-capacity.ts'

const waiting = 'Waiting for capacity: the machine is taken by jobs that came before and by endpoints.'
const preparing = 'Preparing the instances for training'

/**
 * Lets jobs and endpoints in as the machine has room (`decideCapacity`). It knows nothing but the rows of what runs and what waits, so
 * that it goes on after a crash where it was; one key, so that two never admit at once. What has changed since its row was read is passed over: it
 * asks for a look by itself.
 */
export function capacityReconciler(platform: Platform, freeMemory: () => number = freemem): Reconciler {
  const size = engineSize(platform.driver)
  const { store } = platform
  return async () => {
    const observed = { machine: await size(), freeBytes: freeMemory() }
    const rows = await readRows(store.db)
    const step = decideCapacity(rows, observed, clock.now())
    const { admit, serve, refuse } = step
    if (admit.length + serve.length + refuse.length > 0) await store.transaction(tx => apply(tx, step, rows))
    await tellWaiting(store, step.wait)
    return step.after === undefined ? undefined : { after: step.after }
  }
}

async function apply(tx: Transaction, step: CapacityStep, { endpoints }: CapacityRows): Promise<void> {
  const seen = new Map(endpoints.map(endpoint => [endpoint.arn, endpoint]))
  for (const { arn, memoryPart } of step.serve) await serve(tx, seen.get(arn) as EndpointNeed, memoryPart)
  for (const arn of step.refuse) await refuse(tx, seen.get(arn) as EndpointNeed)
  for (const { job, admission } of step.admit) await admit(tx, job, admission)
}

async function admit(tx: Transaction, { kind, row: { arn } }: CapacityJob, admission: Admission): Promise<void> {
  if (kind === 'transform-job') {
    const row = await transformJobs.get(tx, arn)
    if (!row || !waits(row)) return
    await transformJobs.update(tx, arn, { admission })
  } else {
    const row = await trainingJobs.get(tx, arn)
    if (!row || !waits(row)) return
    await trainingJobs.update(tx, arn, { admission, ...saying(row, preparing) })
  }
  await tx.enqueue(kind, arn)
}

/** Those of its hosts that were seen waiting, and wait still. */
function waitingHosts(row: EndpointRow, seen: EndpointNeed): EndpointHost[] {
  const known = new Set(seen.target?.hosts.map(({ attempt }) => attempt))
  const isAsking = applicantOf(row) !== undefined
  return isAsking ? (row.target?.hosts.filter(host => isWaiting(host) && known.has(host.attempt)) ?? []) : []
}

async function serve(tx: Transaction, seen: EndpointNeed, memoryPart: number): Promise<void> {
  const row = await endpoints.get(tx, seen.arn)
  const letIn = row && waitingHosts(row, seen)
  if (!row?.target || !letIn?.length) return
  const hosts = row.target.hosts.map(host => (letIn.includes(host) ? { ...host, memoryPart } : host))
  await endpoints.update(tx, row.arn, { target: { ...row.target, hosts } })
  await tx.enqueue('endpoint', row.arn)
}

async function refuse(tx: Transaction, seen: EndpointNeed): Promise<void> {
  const row = await endpoints.get(tx, seen.arn)
  if (!row?.target || waitingHosts(row, seen).length === 0) return
  await endpoints.update(tx, row.arn, { target: { ...row.target, noCapacity: true } })
  await tx.enqueue('endpoint', row.arn)
}

/** As many as are told in one commit. */
const toldAtOnce = 50

async function tellWaiting(store: Store, jobs: readonly CapacityJob[]): Promise<void> {
  const untold = jobs.filter(({ kind, row }) => kind === 'training-job' && saying(row, waiting))
  for (let at = 0; at < untold.length; at += toldAtOnce)
    await store.transaction(async tx => {
      for (const { row } of untold.slice(at, at + toldAtOnce)) {
        const job = await trainingJobs.get(tx, row.arn)
        const said = job && waits(job) && saying(job, waiting)
        if (said) await trainingJobs.update(tx, row.arn, said)
      }
    })
}

/** Another message of the status that the job is in; undefined where it is told already. */
function saying({ transitions }: Pick<TrainingJobRow, 'transitions'>, StatusMessage: string) {
  const last = transitions.at(-1)
  if (!last || last.StatusMessage === StatusMessage) return undefined
  return { transitions: [...transitions.slice(0, -1), { ...last, StatusMessage }] }
}
