import { turns } from '../../ground/turns.ts'
import { ongoing } from '../../service/ongoing-status.ts'
import type { Db } from '../../store/database.ts'
import type { Deployment, EndpointRow, EndpointVariant } from '../serving/endpoint.ts'
import type { TrainingJobRow, TrainingRequest } from '../training/training-job-row.ts'
import type { TransformJobRow } from '../transform/transform-job-row.ts'

/** What of a training job tells what it needs of the machine, and has. */
export interface TrainingNeed
  extends Pick<TrainingJobRow, 'arn' | 'account' | 'status' | 'admission' | 'containersEnd' | 'transitions'> {
  readonly request: Pick<TrainingRequest, 'ResourceConfig'>
}

export interface TransformNeed extends Pick<TransformJobRow, 'arn' | 'account' | 'status' | 'admission'> {
  readonly request: Pick<TransformJobRow['request'], 'TransformResources'>
}

export interface DeploymentNeed extends Pick<Deployment, 'hosts' | 'since' | 'waitsSince' | 'noCapacity'> {
  readonly variants: readonly Pick<EndpointVariant, 'name' | 'instanceType'>[]
}

export interface EndpointNeed extends Pick<EndpointRow, 'arn' | 'account' | 'status' | 'modified'> {
  readonly live?: DeploymentNeed | undefined
  readonly target?: DeploymentNeed | undefined
}

/** A job that has containers or waits to have some. */
export type CapacityJob =
  | { readonly kind: 'training-job'; readonly row: TrainingNeed }
  | { readonly kind: 'transform-job'; readonly row: TransformNeed }

/** Everything that has containers or waits to have some, the oldest first. */
export interface CapacityRows {
  readonly jobs: readonly CapacityJob[]
  readonly endpoints: readonly EndpointNeed[]
}

/** Requests may have hundreds of kilobytes. */
const rowsAtOnce = 4

/**
 * What needs something of the machine. An account may have ten thousand jobs: they are read in turns with the requests of all accounts, each as it
 * is by then, and little of each is kept.
 */
export async function readRows(db: Db): Promise<CapacityRows> {
  const found = await db
    .selectFrom('resource')
    .select('arn')
    .where('kind', 'in', ['training-job', 'transform-job', 'endpoint'])
    .where('status', 'in', ongoing)
    .orderBy('created')
    .orderBy('arn')
    .execute()
  const jobs: CapacityJob[] = []
  const endpoints: EndpointNeed[] = []
  for (let at = 0; at < found.length; at += rowsAtOnce) {
    await turns.takeAgain('capacity')
    const arns = found.slice(at, at + rowsAtOnce).map(({ arn }) => arn)
    const known = await documents(db, arns)
    for (const arn of arns) {
      const { kind, document } = known.get(arn) ?? {}
      if (document === undefined) continue
      if (kind === 'training-job') jobs.push({ kind, row: trainingNeed(JSON.parse(document)) })
      else if (kind === 'transform-job') jobs.push({ kind, row: transformNeed(JSON.parse(document)) })
      else endpoints.push(endpointNeed(JSON.parse(document)))
    }
  }
  return { jobs, endpoints }
}

async function documents(db: Db, arns: readonly string[]) {
  const rows = await db.selectFrom('resource').select(['arn', 'kind', 'document']).where('arn', 'in', arns).execute()
  return new Map(rows.map(row => [row.arn, row]))
}

function trainingNeed({ arn, account, status, admission, containersEnd, transitions, request }: TrainingJobRow) {
  const { ResourceConfig } = request
  const needs = { ...{ arn, account, status }, transitions: transitions.slice(-1), request: { ResourceConfig } }
  return { ...needs, ...(admission && { admission }), ...(containersEnd !== undefined && { containersEnd }) }
}

function transformNeed({ arn, account, status, admission, request }: TransformJobRow): TransformNeed {
  const { TransformResources } = request
  return { ...{ arn, account, status, request: { TransformResources } }, ...(admission && { admission }) }
}

const endpointNeed = ({ arn, account, status, modified, live, target }: EndpointRow): EndpointNeed => ({
  ...{ arn, account, status, modified, live: deploymentNeed(live), target: deploymentNeed(target) },
})

function deploymentNeed(deployment: Deployment | undefined): DeploymentNeed | undefined {
  if (!deployment) return undefined
  const { hosts, variants, since, waitsSince, noCapacity } = deployment
  return {
    ...{ hosts, variants: variants.map(({ name, instanceType }) => ({ name, instanceType })) },
    ...(since !== undefined && { since }),
    ...(waitsSince !== undefined && { waitsSince }),
    ...(noCapacity && { noCapacity }),
  }
}
