import { clock } from '../../ground/clock.ts'
import type { Platform } from '../../service/context.ts'
import type { Store } from '../../store/store.ts'
import { askForCapacity } from '../capacity/capacity.ts'
import { type Deployment, type EndpointHost, type EndpointRow, endpoints } from './endpoint.ts'
import { isServerless } from './serverless-config.ts'

/** Its container comes and goes while the endpoint is in service and its status stays. */
const isStill = ({ status, live, target }: EndpointRow): boolean =>
  status === 'InService' && !target && isServerless(live)

/** Has the container of one at rest started, as the machine has room. Nothing is done for any other, or when that is done already. */
export async function wake(store: Store, arn: string, now: number): Promise<void> {
  await store.transaction(async tx => {
    const row = await endpoints.get(tx, arn)
    if (!row?.live || !isStill(row) || row.live.hosts.length > 0) return
    const attempt = row.lastAttempt + 1
    const hosts: EndpointHost[] = row.live.variants.map(({ name }) => ({ variant: name, index: 0, attempt }))
    await endpoints.update(tx, arn, { target: { ...row.live, hosts, since: now }, lastAttempt: attempt })
    await askForCapacity(tx)
  })
}

/** Its container is nobody's any more; who asks it still is answered before it goes. Undefined when the endpoint has changed meanwhile. */
export async function putToRest({ store }: Pick<Platform, 'store'>, arn: string): Promise<Deployment | undefined> {
  return store.transaction(async tx => {
    const row = await endpoints.get(tx, arn)
    if (!row?.live || !isStill(row)) return undefined
    const live = { ...row.live, hosts: [] }
    await endpoints.update(tx, arn, { live })
    await askForCapacity(tx)
    return live
  })
}

/**
 * How long it took from when a container was asked for until it was healthy, in microseconds. Source: SageMaker Developer Guide, "Monitor Amazon SageMaker
 * with Amazon CloudWatch" (ModelSetupTime).
 */
export function reportSetup({ metrics }: Pick<Platform, 'metrics'>, row: EndpointRow, started: Deployment): void {
  const [variant] = started.variants
  const known = new Set(row.live?.hosts.map(({ attempt }) => attempt))
  const isFresh = started.hosts.some(({ attempt }) => !known.has(attempt))
  if (!variant || !isServerless(started) || !isFresh) return
  const now = clock.now()
  metrics.put(row.account, row.region, 'AWS/SageMaker', [
    {
      ...{ name: 'ModelSetupTime', value: (now - (started.since ?? now)) * 1000, unit: 'Microseconds' },
      dimensions: { EndpointName: row.name, VariantName: variant.name },
      time: new Date(now),
    },
  ])
}
