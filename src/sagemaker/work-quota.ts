import { sql } from 'kysely'
import { quotaOf } from '../quotas/account-quota.ts'
import { type Quota, quotas } from '../quotas/quotas.ts'
import type { Db } from '../store/database.ts'
import type { Transaction } from '../store/store.ts'
import { ResourceLimitExceeded } from './sagemaker-error.ts'
import { clusterHosts } from './training/training-cluster.ts'

const most = quotas.sagemaker

/** As the index `resource_under_way` has it. */
const underWay = sql<boolean>`status in ('InProgress', 'Pending', 'Stopping')`

/** Kinds of work that begin with a request of an account; those that the platform begins by itself count, and are not refused. */
const jobs = {
  'training-job': { quota: most.trainingJobs, instances: most.trainingInstances, mostOfOne: most.hosts.value },
  'transform-job': { quota: most.transformJobs, instances: most.transformInstances, mostOfOne: 100 },
} as const

interface TrainingRow {
  readonly request: { readonly ResourceConfig?: Parameters<typeof clusterHosts>[0] | undefined }
}

export const trainingInstances = ({ request }: TrainingRow): number => clusterHosts(request.ResourceConfig ?? {}).length

interface TransformRow {
  readonly request: { readonly TransformResources: { readonly InstanceCount?: number | undefined } }
}

export const transformInstances = ({ request }: TransformRow): number => request.TransformResources.InstanceCount ?? 1

const instancesOf = {
  'training-job': (row: unknown) => trainingInstances(row as TrainingRow),
  'transform-job': (row: unknown) => transformInstances(row as TransformRow),
}

/** Throws ResourceLimitExceeded when the account has as many such jobs, or instances of them, as it may. Inside the transaction that makes one. */
export async function requireRoomForJob(
  { db }: Pick<Transaction, 'db'>,
  account: string,
  kind: keyof typeof jobs,
  added: number,
): Promise<void> {
  const { quota, instances, mostOfOne } = jobs[kind]
  const having = await countUnderWay(db, account, [kind])
  await require(db, account, quota, having, 1)
  const may = await quotaOf(db, account, { service: 'sagemaker', quota: instances })
  // Each has at least one, and at most so many: their requests are read only when that does not tell.
  if (having * mostOfOne + added <= may) return
  const has = having >= may ? having : await sumUnderWay(db, account, kind)
  refuseAbove(instances, may, has, added)
}

/** The same for tuning jobs. */
export const requireRoomForTuning = ({ db }: Pick<Transaction, 'db'>, account: string): Promise<void> =>
  requireFewer(db, account, most.tuningJobs, ['hyper-parameter-tuning-job'])

/** The same for what is validated as it is made: model packages and algorithms. */
export const requireRoomForValidation = ({ db }: Pick<Transaction, 'db'>, account: string): Promise<void> =>
  requireFewer(db, account, most.validations, ['model-package', 'algorithm'])

async function requireFewer(db: Db, account: string, quota: Quota, kinds: readonly string[]): Promise<void> {
  await require(db, account, quota, await countUnderWay(db, account, kinds), 1)
}

/** Of a deployment, what tells its instances. */
interface Hosts {
  readonly variants: readonly { readonly name: string; readonly serverless?: unknown }[]
  readonly hosts: readonly { readonly variant: string }[]
}

interface EndpointRow {
  readonly account: string
  readonly arn: string
  readonly live?: Hosts | undefined
  readonly target?: Hosts | undefined
}

/** Throws ResourceLimitExceeded when the account has as many endpoints as it may, or would have more instances of them with this deployment. */
export async function requireRoomForEndpoint(
  { db }: Pick<Transaction, 'db'>,
  { account, arn }: Pick<EndpointRow, 'account' | 'arn'>,
  wanted: Hosts,
): Promise<void> {
  const documents = await db
    .selectFrom('resource')
    .select('document')
    .where('kind', '=', 'endpoint')
    .where('account', '=', account)
    .execute()
  const others = documents.map(({ document }) => JSON.parse(document) as EndpointRow).filter(row => row.arn !== arn)
  if (others.length === documents.length) await require(db, account, most.endpoints, others.length, 1)
  const has = others.reduce((sum, { live, target }) => sum + Math.max(instancesIn(live), instancesIn(target)), 0)
  await require(db, account, most.endpointInstances, has, instancesIn(wanted))
}

/** A serverless variant has none. */
function instancesIn(deployment: Hosts | undefined): number {
  const { variants = [], hosts = [] } = deployment ?? {}
  const serverless = new Set(variants.flatMap(({ name, serverless }) => (serverless ? [name] : [])))
  return hosts.filter(({ variant }) => !serverless.has(variant)).length
}

async function countUnderWay(db: Db, account: string, kinds: readonly string[]): Promise<number> {
  let sum = 0
  for (const kind of kinds) {
    const { count } = await rowsUnderWay(db, account, kind)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    sum += Number(count)
  }
  return sum
}

async function sumUnderWay(db: Db, account: string, kind: keyof typeof jobs): Promise<number> {
  const rows = await rowsUnderWay(db, account, kind).select('document').execute()
  return rows.reduce((sum, { document }) => sum + instancesOf[kind](JSON.parse(document)), 0)
}

const rowsUnderWay = (db: Db, account: string, kind: string) =>
  db.selectFrom('resource').where('kind', '=', kind).where('account', '=', account).where(underWay)

async function require(db: Db, account: string, quota: Quota, has: number, added: number): Promise<void> {
  refuseAbove(quota, await quotaOf(db, account, { service: 'sagemaker', quota }), has, added)
}

/** In AWS's words for it. */
function refuseAbove({ name, code }: Quota, may: number, has: number, added: number): void {
  if (has + added <= may) return
  throw new ResourceLimitExceeded(
    `The account-level service limit '${name}' is ${may}, with current utilization of ${has} and a request delta of ${added}. Please use AWS Service Quotas to request an increase for this quota (${code}).`,
  )
}
