import type { Context } from '../service/context.ts'
import { ongoing } from '../service/ongoing-status.ts'

/** What the composition root knows of the machine. */
export interface HealthParts {
  readonly problems: {
    /** Why containers cannot be run, or seller code must not. */
    engine(): Promise<string | undefined>
    disk(): string | undefined
    database(): string | undefined
    /** Of the bucket that has the content; absent where files have it. */
    objects?: (() => Promise<string | undefined>) | undefined
  }
}

const check = (name: string, problem: string | undefined) => ({
  ...{ name, isGood: problem === undefined, detail: problem ?? 'ok' },
})

/** Whether the engine, the disk and the database are well, how big the machine is, and what runs or waits on it. */
export async function getInstallationHealth(_: object, ctx: Context & HealthParts) {
  const { problems } = ctx
  const checks = [
    check('ENGINE', await problems.engine()),
    check('DISK', problems.disk()),
    check('DATABASE', problems.database()),
    ...(problems.objects ? [check('OBJECTS', await problems.objects())] : []),
  ]
  const capacity = await capacityOf(ctx)
  return { checks, ...(capacity && { capacity }), workloads: await workloads(ctx) }
}

/** Nothing where the engine does not answer: the check says why. */
async function capacityOf({ driver }: Context) {
  try {
    const { engine, version, cpus, memoryBytes, gpus } = await driver.info()
    return { engine: `${engine} ${version}`, cpus, memoryBytes, gpus }
  } catch {
    return undefined
  }
}

interface Row {
  readonly admission?: unknown
  readonly request?: { readonly ResourceConfig?: Instances; readonly TransformResources?: Instances }
}

interface Instances {
  readonly InstanceType?: string
  readonly InstanceCount?: number
}

/** So many are told of what runs and waits, whichever they are. */
const mostWorkloads = 1000

/** Jobs and endpoints of every account that run or wait, the oldest first, as the machine lets them in. */
async function workloads({ store }: Context) {
  const rows = await store.db
    .selectFrom('resource')
    .select(['arn', 'kind', 'status', 'document', 'created'])
    .where('kind', 'in', ['training-job', 'transform-job', 'endpoint'])
    .where('status', 'in', ongoing)
    .limit(mostWorkloads)
    .execute()
  const oldestFirst = rows.toSorted((a, b) => Number(a.created) - Number(b.created) || (a.arn < b.arn ? -1 : 1))
  return oldestFirst.map(({ arn, kind, status, document }) => {
    const { admission, request = {} } = JSON.parse(document) as Row
    const { InstanceType = '', InstanceCount = 0 } = request.ResourceConfig ?? request.TransformResources ?? {}
    return {
      ...{ arn, status, instanceType: InstanceType, instanceCount: InstanceCount },
      isWaiting: kind !== 'endpoint' && admission === undefined,
    }
  })
}
