import type { ContainerState } from '../../driver/driver.ts'
import type { Deployment, EndpointHost, EndpointRow } from './endpoint.ts'

/** What of the world an endpoint's next step depends on. */
export interface EndpointObserved {
  /** Of one host of the deployment that serves, its containers in the model's order; undefined for one that the engine does not have. */
  containers(host: EndpointHost): readonly (ContainerState | undefined)[]
  /** Attempts of all containers that the engine has of this endpoint. */
  readonly attempts: readonly number[]
}

/** What is next for an endpoint. */
export type EndpointStep =
  | { readonly do: 'clean up' }
  | { readonly do: 'take down' }
  /** For capacity, while nothing serves yet. */
  | { readonly do: 'wait' }
  /** None came. */
  | { readonly do: 'refuse'; readonly target: Deployment }
  | { readonly do: 'deploy'; readonly target: Deployment; readonly superfluous: readonly number[] }
  /** Hosts that have died are begun anew, each as an attempt of its own. */
  | { readonly do: 'begin anew'; readonly dead: readonly EndpointHost[]; readonly superfluous: readonly number[] }
  /** All runs: see that it is healthy and reachable. */
  | { readonly do: 'keep up'; readonly live: Deployment; readonly superfluous: readonly number[] }

/** The next step of an endpoint; undefined row: it was removed. `superfluous` attempts belong to no host that serves. */
export function decideEndpoint(row: EndpointRow | undefined, observed: EndpointObserved): EndpointStep {
  if (!row) return { do: 'clean up' }
  if (row.status === 'Deleting') return { do: 'take down' }
  if (row.target?.noCapacity) return { do: 'refuse', target: row.target }
  if (row.target && (row.target.traffic || !waits(row)))
    return { do: 'deploy', target: row.target, superfluous: beyond([row.live, row.target], observed) }
  if (row.target && !row.live) return { do: 'wait' }
  if (!row.live || (row.status !== 'InService' && !row.target)) return { do: 'clean up' }
  const superfluous = beyond([row.live], observed)
  const dead = deadHosts(row.live, observed)
  return dead.length > 0 ? { do: 'begin anew', dead, superfluous } : { do: 'keep up', live: row.live, superfluous }
}

function beyond(
  deployments: readonly (Deployment | undefined)[],
  { attempts }: Pick<EndpointObserved, 'attempts'>,
): number[] {
  const wanted = new Set(deployments.flatMap(deployment => deployment?.hosts.map(({ attempt }) => attempt) ?? []))
  return [...new Set(attempts)].filter(attempt => !wanted.has(attempt))
}

/** Whether what is to come waits for capacity; what serves is kept up meanwhile. */
export const waits = ({ target }: Pick<EndpointRow, 'target'>): boolean =>
  target?.hosts.some(({ memoryPart }) => memoryPart === undefined) ?? false

/** Hosts of a deployment of which a container does not run. */
export const deadHosts = ({ hosts }: Deployment, observed: Pick<EndpointObserved, 'containers'>): EndpointHost[] =>
  hosts.filter(host => observed.containers(host).some(state => state?.status !== 'running'))
