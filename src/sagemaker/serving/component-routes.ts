import type { RouteVariant, RoutingTable } from '../../runtime/routing-table.ts'
import type { Store } from '../../store/store.ts'
import { type InferenceComponentRow, inferenceComponents } from './component-row.ts'
import { endpoints } from './endpoint.ts'

type Named = Pick<InferenceComponentRow, 'arn' | 'endpointArn'>

/** Where the copies of components are, of those that were found healthy since the start: part of their endpoints' routes. */
export interface ComponentRoutes {
  /** Of one endpoint. */
  of(endpointArn: string): readonly RouteVariant[]
  /** In effect everywhere when it resolves; not for one that is being deleted. */
  set(row: Named, component: RouteVariant): Promise<void>
  /** Nothing more is asked of it when it resolves. */
  remove(row: Named): Promise<void>
}

export function createComponentRoutes(store: Store, routes: RoutingTable): ComponentRoutes {
  const known = new Map<string, Map<string, RouteVariant>>()
  const of = (endpointArn: string) => [...(known.get(endpointArn)?.values() ?? [])]

  /** An endpoint that has no route yet gets one with its components from its own reconciler. */
  async function tell(endpointArn: string): Promise<void> {
    const [, , , region = '', account = '', rest = ''] = endpointArn.split(':')
    const route = routes.get(account, region, rest.replace('endpoint/', ''))
    if (route) await routes.set({ ...route, components: of(endpointArn) })
  }

  return {
    of,
    async set({ arn, endpointArn }, component) {
      let everywhere: Promise<void> | undefined
      // Begun within a transaction, as an endpoint's: who deletes the component is seen, or removes it after this.
      await store.transaction(async tx => {
        const row = await inferenceComponents.get(tx, arn)
        if (!row || row.status === 'Deleting' || !(await endpoints.get(tx, endpointArn))) return
        const mine = known.get(endpointArn) ?? new Map<string, RouteVariant>()
        known.set(endpointArn, mine.set(arn, component))
        everywhere ??= tell(endpointArn)
      })
      await everywhere
    },
    async remove({ arn, endpointArn }) {
      const mine = known.get(endpointArn)
      if (!mine?.delete(arn)) return
      if (mine.size === 0) known.delete(endpointArn)
      await tell(endpointArn)
    },
  }
}
