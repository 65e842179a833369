import { EventEmitter, once } from 'node:events'
import { clock } from '../ground/clock.ts'
import type { TargetModels } from './target-models.ts'

/** One instance of a variant: the addresses of its containers, in the model's order. */
export interface RouteInstance {
  readonly addresses: readonly string[]
  /** For `TargetContainerHostname` of a model whose containers are called directly. */
  readonly hostnames: readonly (string | undefined)[]
  readonly logStream: string
  /** Of a multi-model endpoint. */
  readonly models?: TargetModels
}

export interface RouteVariant {
  readonly name: string
  /** The inference component whose copies the instances are; `name` is the variant that it is on. */
  readonly component?: string
  readonly weight: number
  readonly direct: boolean
  /** Which instance is asked: in turn when absent. */
  readonly routing?: 'LEAST_OUTSTANDING_REQUESTS' | 'RANDOM'
  readonly instances: readonly RouteInstance[]
  /** Its only instance runs while it is asked, by so many at once. */
  readonly serverless?: { readonly mostAtOnce: number }
  /** Of the containers, in their order: the subscribed product that is metered by what this one answers. */
  readonly products: readonly (string | undefined)[]
  /** Of an endpoint whose invocations are captured. */
  readonly capture?: CaptureRules
  /** Who gets copies of so many of 100 of its requests. */
  readonly shadow?: { readonly sampled: number; readonly variant: Omit<RouteVariant, 'shadow'> }
}

/** Which invocations are copied, what of them, and where to. */
export interface CaptureRules {
  /** Of 100. */
  readonly percentage: number
  readonly input: boolean
  readonly output: boolean
  /** Media types that are kept as text. */
  readonly csv: readonly string[]
  readonly json: readonly string[]
  /** `DestinationS3Uri`. */
  readonly destination: string
  readonly kmsKeyId?: string
  /** As whom it is written. */
  readonly role: string
}

export interface Route {
  readonly arn: string
  readonly account: string
  readonly region: string
  readonly name: string
  readonly variants: readonly RouteVariant[]
  /** Of an endpoint whose variants have no models: what is asked in their place. */
  readonly components?: readonly RouteVariant[]
  /** Of an endpoint that answers later. */
  readonly async?: AsyncRoute
}

export interface AsyncRoute {
  /** S3 paths of answers and of what went wrong. */
  readonly output: string
  readonly failure?: string
}

/** What instances have not answered yet, by their log streams, which no two starts share. */
export interface Outstanding {
  of(instance: Pick<RouteInstance, 'logStream'>): number
  /** Returns what is to be called when it has ended, however. */
  begin(instance: Pick<RouteInstance, 'logStream'>): () => void
  /** Whether an instance whose log stream ends so has something to answer. */
  isAsked(end: string): Promise<boolean>
}

/** Others who hold the routes too: each resolves when all of them do as it says. */
export interface RouteHolders {
  set(route: Route): Promise<void>
  remove(arn: string): Promise<void>
  isAsked(end: string): Promise<boolean>
}

/** Where invocations go: kept in memory by the endpoints' reconciler, read on every invocation without a database. */
export interface RoutingTable {
  readonly outstanding: Outstanding
  get(account: string, region: string, name: string): Route | undefined
  /** The route as soon as there is one; undefined when the time is over. */
  appear(account: string, region: string, name: string, timeoutMs: number): Promise<Route | undefined>
  /** Resolves when the route is set or removed, or the time is over. */
  changed(account: string, region: string, name: string, timeoutMs: number): Promise<void>
  /** Of all endpoints that have one. */
  all(): readonly Route[]
  /** In effect here at once, and everywhere when it resolves. */
  set(route: Route): Promise<void>
  remove(arn: string): Promise<void>
}

export function createRoutingTable(holders?: RouteHolders): RoutingTable {
  const routes = new Map<string, Route>()
  const awaited = new EventEmitter().setMaxListeners(0)
  const key = (account: string, region: string, name: string) => `${account}/${region}/${name}`

  async function changed(name: string, timeoutMs: number): Promise<void> {
    const over = new AbortController()
    using _ = clock.after(timeoutMs, () => over.abort())
    await once(awaited, name, { signal: over.signal }).catch(() => {})
  }

  return {
    outstanding: createOutstanding(holders),
    get: (account, region, name) => routes.get(key(account, region, name)),
    async appear(account, region, name, timeoutMs) {
      const wanted = key(account, region, name)
      if (!routes.has(wanted)) await changed(wanted, timeoutMs)
      return routes.get(wanted)
    },
    changed: (account, region, name, timeoutMs) => changed(key(account, region, name), timeoutMs),
    all: () => [...routes.values()],
    async set(route) {
      const name = key(route.account, route.region, route.name)
      routes.set(name, route)
      awaited.emit(name)
      await holders?.set(route)
    },
    async remove(arn) {
      for (const [name, route] of routes) if (route.arn === arn && routes.delete(name)) awaited.emit(name)
      await holders?.remove(arn)
    },
  }
}

function createOutstanding(holders?: Pick<RouteHolders, 'isAsked'>): Outstanding {
  const counts = new Map<string, number>()
  const of: Outstanding['of'] = ({ logStream }) => counts.get(logStream) ?? 0
  return {
    of,
    begin(instance) {
      counts.set(instance.logStream, of(instance) + 1)
      let ended = false
      return () => {
        if (ended) return
        ended = true
        if (of(instance) > 1) counts.set(instance.logStream, of(instance) - 1)
        else counts.delete(instance.logStream)
      }
    },
    isAsked: async end =>
      [...counts.keys()].some(stream => stream.endsWith(end)) || ((await holders?.isAsked(end)) ?? false),
  }
}

/** A variant by the weights; undefined when all weigh nothing. `random` is in [0, 1). */
export function pickVariant(variants: readonly RouteVariant[], random: number): RouteVariant | undefined {
  const total = variants.reduce((sum, { weight }) => sum + weight, 0)
  let left = random * total
  for (const variant of variants) {
    left -= variant.weight
    if (left < 0) return variant
  }
  return undefined
}
