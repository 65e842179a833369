import type { Guard, Rolling } from './deployment-decision.ts'
import type { Deployment, EndpointHost, EndpointRow } from './endpoint.ts'
import { stagesFrom, wantedAt } from './rolling-deployment.ts'

/** What is left of the old fleet's hosts once a stage has been watched. */
export function leftAt({ stages }: Guard, { before }: Rolling, stage: number, hosts: readonly EndpointHost[]) {
  const share = stages[stage]?.share ?? 1
  return hosts.slice(0, Math.ceil(before * (1 - share) - 1e-9))
}

/** So many hosts more of the only variant; they wait for capacity. */
export function grown(target: Deployment, wanted: number, lastAttempt: number): Deployment {
  const [variant] = target.variants
  const indexes = new Set(target.hosts.map(({ index }) => index))
  const free = Array.from({ length: wanted + target.hosts.length }, (_, index) => index).filter(
    index => !indexes.has(index),
  )
  const added = Array.from({ length: wanted - target.hosts.length }, (_, place) => ({
    ...{ variant: variant?.name as string, index: free[place] as number, attempt: lastAttempt + 1 + place },
  }))
  return { ...target, hosts: [...target.hosts, ...added] }
}

/** Hosts that the machine has let in. */
export const admitted = ({ hosts }: Deployment): EndpointHost[] =>
  hosts.filter(({ memoryPart }) => memoryPart !== undefined)

/** A deployment that has arrived. */
export function whole({ guard: _, traffic: __, waitsSince: ___, noCapacity: ____, ...live }: Deployment): Deployment {
  return live
}

/** As much of a deployment as gets traffic, as what serves. */
export function reached(target: Deployment): Deployment {
  const { guard, traffic } = target
  const live = whole(target)
  if (!guard?.rolling || !traffic) return live
  return { ...live, hosts: live.hosts.slice(0, wantedAt(guard, guard.rolling, traffic.stage)) }
}

/** Whether instances of the old fleet have gone already, so that the way back is one of batches too. */
export const isBegun = ({ live, target }: Pick<EndpointRow, 'live' | 'target'>): boolean =>
  target?.traffic !== undefined &&
  target.guard?.rolling !== undefined &&
  (target.guard.rolling.back !== undefined || (live?.hosts.length ?? 0) < target.guard.rolling.before)

/**
 * The way back from a deployment of which some batches have taken the place of what served: what is left of that grows again, as fast as the policy
 * says, and what has come goes.
 */
export function turnedBack(
  live: Deployment,
  target: Deployment,
  reason: string,
  now: number,
): Record<'live' | 'target', Deployment> {
  const { rolling } = target.guard as Guard
  const { instances, before, rollbackBatch } = rolling as Rolling
  return {
    live: reached(target),
    target: {
      ...{ ...live, since: now, traffic: { stage: 0, since: now } },
      guard: {
        stages: stagesFrom(live.hosts.length, rollbackBatch, before, 0),
        alarms: [],
        rolling: { instances: before, before: instances, rollbackBatch, back: reason },
      },
    },
  }
}
