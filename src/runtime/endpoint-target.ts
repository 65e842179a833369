import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import type { Context } from '../service/context.ts'
import type { Store } from '../store/store.ts'
import {
  type Outstanding,
  pickVariant,
  type Route,
  type RouteInstance,
  type RouteVariant,
  type RoutingTable,
} from './routing-table.ts'
import type { TakeLease } from './serverless-lease.ts'
import { newSession, type SessionPlace, type Sessions } from './sessions.ts'

/** What both ways of invoking may say about whom to ask. */
export interface Asked {
  readonly EndpointName: string | undefined
  readonly TargetVariant?: string
  readonly TargetContainerHostname?: string
  readonly TargetModel?: string
  readonly SessionId?: string
  readonly InferenceComponentName?: string
}

/** A container as its owner knows it. */
export interface TargetContainer {
  readonly name: string
  readonly logStream: string
}

/** Whom one invocation goes to. */
export interface Target {
  readonly route: Route
  readonly variant: RouteVariant
  readonly instance: RouteInstance
  /** Of the containers to ask in turn, each with the answer of the one before. */
  readonly addresses: readonly string[]
  readonly containers: readonly TargetContainer[]
  /** Of these containers, in their order. */
  readonly products: readonly (string | undefined)[]
  /** To be called once the invocation has ended, however. */
  readonly ended: () => void
  /** Who gets a copy of it. */
  readonly shadow?: Target
}

/** Picks a variant by the weights and its instances in turn. Throws ValidationError and ServiceUnavailable. */
export type ChooseTarget = (asked: Asked, ctx: Caller) => Target | Promise<Target>

/** Whose endpoint is asked. */
type Caller = Pick<Context, 'account' | 'region'>

/**
 * The route of the caller's endpoint of this name, with this inference component as soon as it is found. Throws ValidationError when there is none in
 * service.
 */
export type FindRoute = (name: string, ctx: Caller, component?: string) => Route | Promise<Route>

/** Of the instances of a multi-model variant those that a model is best asked of. */
export type PreferInstances = (instances: readonly RouteInstance[], model: string) => Promise<readonly RouteInstance[]>

/** As long as it may take a server to find its containers again. */
const routeWaitMs = 30_000

/** A component that has no copies, or none that runs. In the words that AWS's clients report. */
export class NoCapacity extends ServiceError {
  readonly component: string

  constructor(component: string) {
    super(
      'ValidationError',
      'Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress (if configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API.',
      { status: 400 },
    )
    this.component = component
  }
}

export const validation = (message: string) => new ServiceError('ValidationError', message, { status: 400 })

export const createFindRoute =
  (routes: RoutingTable, store: Pick<Store, 'db'>): FindRoute =>
  (name, ctx, component) => {
    const route = routes.get(ctx.account, ctx.region, name)
    if (route && hasComponent(route, component)) return route
    return lateComponent(routes, store, { name, component }, ctx)
  }

export function createChooseTarget(
  findRoute: FindRoute,
  outstanding: Outstanding,
  sessions: Pick<Sessions, 'find'>,
  takeLease: TakeLease,
  prefer: PreferInstances = async (...given) => havingModel(...given),
): ChooseTarget {
  let turn = 0

  function chooseIn(route: Route, asked: Asked): Target | Promise<Target> {
    if (route.async) throw validation(`Endpoint ${route.name} is asynchronous. Use InvokeEndpointAsync.`)
    const only = route.components && componentOf(route, asked)
    const id = asked.SessionId
    if (asked.InferenceComponentName !== undefined && !only)
      throw validation(
        `InferenceComponentName cannot be given: the variants of endpoint ${route.name} have models, and no inference components.`,
      )
    if (id !== undefined && route.variants.some(({ serverless }) => serverless))
      throw validation(`SessionId cannot be given: endpoint ${route.name} is serverless, and keeps no container.`)
    if (id === undefined || id === newSession)
      return chooseFrom(only ?? chooseVariant(route, asked.TargetVariant), undefined, route, asked)
    const found = sessions.find({ endpoint: route.arn, id })
    const chooseHolder = (place: SessionPlace | undefined) => {
      const { variant, instance } = holderOf(only ? { ...route, variants: [only] } : route, asked, place)
      return chooseFrom(variant, [instance], route, asked)
    }
    return found instanceof Promise ? found.then(chooseHolder) : chooseHolder(found)
  }

  function chooseFrom(
    variant: RouteVariant,
    only: readonly RouteInstance[] | undefined,
    route: Route,
    asked: Asked,
  ): Target | Promise<Target> {
    const able = instancesFor(only ?? variant.instances, asked.TargetModel, prefer)
    if (variant.serverless) return chooseLeased(route, variant, asked)
    return able instanceof Promise
      ? able.then(preferred => chooseOf(preferred, route, variant, asked))
      : chooseOf(able, route, variant, asked)
  }

  function chooseOf(able: readonly RouteInstance[], route: Route, variant: RouteVariant, asked: Asked): Target {
    const instance = ways[variant.routing ?? 'IN_TURN'](able, turn++, outstanding)
    if (!instance && variant.component !== undefined) throw new NoCapacity(variant.component)
    if (!instance)
      throw new ServiceError('ServiceUnavailable', `Variant ${variant.name} has no instance in service.`, {
        status: 503,
      })
    const { addresses, containers, products } = containersOf(variant, instance, asked)
    const shadow = variant.shadow && shadowOf(route, variant.shadow)
    const ended = outstanding.begin(instance)
    return { route, variant, instance, addresses, containers, products, ended, ...(shadow && { shadow }) }
  }

  /** The instance that runs, or is started for it. */
  async function chooseLeased(route: Route, variant: RouteVariant, asked: Asked): Promise<Target> {
    const { instance, letGo } = await takeLease(route)
    const asking = outstanding.begin(instance)
    const ended = () => {
      asking()
      letGo()
    }
    try {
      return { route, variant, instance, ...containersOf(variant, instance, asked), ended }
    } catch (error) {
      ended()
      throw error
    }
  }

  /** Chance has it who is copied. */
  function shadowOf(route: Route, { sampled, variant }: NonNullable<RouteVariant['shadow']>): Target | undefined {
    if (randomness.number() * 100 >= sampled) return undefined
    const instance = ways[variant.routing ?? 'IN_TURN'](variant.instances, turn, outstanding)
    if (!instance) return undefined
    const containers = containersAt(instance)
    const { addresses } = instance
    return { ...{ route, variant, instance, addresses, containers, products: [] }, ended: outstanding.begin(instance) }
  }

  // Without a promise where nothing is waited for, as of nearly every invocation.
  return (asked, ctx) => {
    const route = findRoute(asked.EndpointName as string, ctx, asked.InferenceComponentName)
    return route instanceof Promise ? route.then(found => chooseIn(found, asked)) : chooseIn(route, asked)
  }
}

/** Whether a component is there that is asked for, or none is. */
export const hasComponent = ({ components }: Route, component: string | undefined): boolean =>
  component === undefined || !components || components.some(candidate => candidate.component === component)

/** Throws ValidationError, for one that is not named in AWS's words. */
function componentOf({ name, components }: Route, { InferenceComponentName, TargetVariant }: Asked): RouteVariant {
  if (InferenceComponentName === undefined)
    throw validation(
      'Inference Component Name header is required for endpoints to which you plan to deploy inference components. Please include Inference Component Name header or consider using SageMaker models.',
    )
  const found = components?.find(({ component }) => component === InferenceComponentName)
  if (!found) throw validation(`Inference component ${InferenceComponentName} not found for endpoint ${name}.`)
  if (TargetVariant !== undefined && TargetVariant !== found.name)
    throw validation(`Inference component ${InferenceComponentName} is on variant ${found.name}, not ${TargetVariant}.`)
  return found
}

interface Late {
  readonly name: string
  readonly component: string | undefined
}

/** As with its endpoint, right after a start a component in service is there as soon as its copies are found again. */
async function lateComponent(
  routes: RoutingTable,
  store: Pick<Store, 'db'>,
  { name, component }: Late,
  ctx: Caller,
): Promise<Route> {
  const { account, region } = ctx
  const end = clock.elapsed() + routeWaitMs
  for (let isDue: boolean | undefined; ; ) {
    const route = routes.get(account, region, name) ?? (await lateRoute(routes, store, name, ctx))
    if (component === undefined || hasComponent(route, component)) return route
    isDue ??= await isServing(store, `arn:aws:sagemaker:${region}:${account}:inference-component/${component}`, name)
    const left = end - clock.elapsed()
    if (!isDue || left <= 0) return route
    await routes.changed(account, region, name, left)
  }
}

async function isServing(store: Pick<Store, 'db'>, arn: string, endpoint: string): Promise<boolean> {
  const query = store.db.selectFrom('resource').select(['status', 'parent']).where('arn', '=', arn)
  const row = await query.executeTakeFirst()
  return row?.parent === endpoint && ['InService', 'Updating'].includes(row.status)
}

/** Right after a start, an endpoint in service has its route as soon as its containers are found again. */
async function lateRoute(
  routes: RoutingTable,
  store: Pick<Store, 'db'>,
  name: string,
  { account, region }: Caller,
): Promise<Route> {
  const arn = `arn:aws:sagemaker:${region}:${account}:endpoint/${name}`
  const row = await store.db.selectFrom('resource').select('status').where('arn', '=', arn).executeTakeFirst()
  const inService = ['InService', 'Updating', 'RollingBack'].includes(row?.status ?? '')
  const route = inService ? await routes.appear(account, region, name, routeWaitMs) : undefined
  if (!route) throw validation(`Endpoint ${name} of account ${account} not found.`)
  return route
}

type Choose = (able: readonly RouteInstance[], turn: number, outstanding: Outstanding) => RouteInstance | undefined

const inTurn: Choose = (able, turn) => able[turn % able.length]

/** Source: SageMaker API Reference, ProductionVariantRoutingConfig. */
const ways: Readonly<Record<NonNullable<RouteVariant['routing']> | 'IN_TURN', Choose>> = {
  IN_TURN: inTurn,
  RANDOM: able => able[Math.floor(randomness.number() * able.length)],
  LEAST_OUTSTANDING_REQUESTS(able, turn, outstanding) {
    const least = Math.min(...able.map(outstanding.of))
    return inTurn(
      able.filter(instance => outstanding.of(instance) === least),
      turn,
      outstanding,
    )
  },
}

/** The instance that holds the session. Throws ValidationError when none does any more. */
function holderOf({ name, variants }: Route, { SessionId, TargetVariant }: Asked, place: SessionPlace | undefined) {
  const isGood = place && place.expires > clock.now()
  for (const variant of isGood ? variants : []) {
    const instance = variant.instances.find(({ logStream }) => logStream === place?.logStream)
    if (instance && TargetVariant !== undefined && variant.name !== TargetVariant)
      throw validation(`Session ${SessionId} of endpoint ${name} is held by variant ${variant.name}.`)
    if (instance) return { variant, instance }
  }
  throw validation(`Session ${SessionId} of endpoint ${name} not found: it is unknown, closed or expired.`)
}

function instancesFor(
  instances: readonly RouteInstance[],
  target: string | undefined,
  prefer: PreferInstances,
): readonly RouteInstance[] | Promise<readonly RouteInstance[]> {
  const multiple = instances.some(({ models }) => models)
  if (!multiple && target !== undefined)
    throw validation('TargetModel can be given only for an endpoint whose model has the Mode MultiModel.')
  if (!multiple) return instances
  if (target === undefined)
    throw validation('TargetModel must be given for an endpoint whose model has the Mode MultiModel.')
  return prefer(instances, target)
}

/** Those that have it, or else those that have the fewest models. */
export function havingModel(instances: readonly RouteInstance[], model: string): readonly RouteInstance[] {
  const having = instances.filter(({ models }) => models?.has(model))
  const fewest = Math.min(...instances.map(({ models }) => models?.count ?? 0))
  return having.length > 0 ? having : instances.filter(({ models }) => (models?.count ?? 0) === fewest)
}

function chooseVariant({ variants, name }: Route, target: string | undefined): RouteVariant {
  if (target !== undefined) {
    const named = variants.filter(candidate => candidate.name === target)
    // While traffic is shifted there are two of a name, which share what it is asked.
    const variant = named.length > 1 ? pickVariant(named, randomness.number()) : undefined
    const found = variant ?? named[0]
    if (!found) throw validation(`Variant ${target} not found for endpoint ${name}.`)
    return found
  }
  const variant = pickVariant(variants, randomness.number())
  if (!variant) throw validation(`All variants of endpoint ${name} have the weight 0.`)
  return variant
}

function containersOf(
  { direct, products }: RouteVariant,
  instance: RouteInstance,
  { TargetContainerHostname: name }: Asked,
): Pick<Target, 'addresses' | 'containers' | 'products'> {
  if (!direct) {
    if (name !== undefined)
      throw validation(
        'TargetContainerHostname can be given only for a model whose InferenceExecutionConfig is Direct.',
      )
    return { addresses: instance.addresses, containers: containersAt(instance), products }
  }
  const index = instance.hostnames.indexOf(name)
  if (name === undefined || index < 0)
    throw validation(`TargetContainerHostname must be one of ${instance.hostnames.join(', ')}.`)
  const container = containersAt(instance)[index] as TargetContainer
  return { addresses: [instance.addresses[index] as string], containers: [container], products: [products[index]] }
}

const containersKnown = new WeakMap<RouteInstance, readonly TargetContainer[]>()

/** The only one is the primary; those of a pipeline have their host names, or numbers. */
function containersAt(instance: RouteInstance): readonly TargetContainer[] {
  const known = containersKnown.get(instance)
  if (known) return known
  const { addresses, hostnames, logStream } = instance
  const made = addresses.map((_, index) => ({
    name: addresses.length === 1 ? 'primary' : (hostnames[index] ?? `container-${index + 1}`),
    logStream: index === 0 ? logStream : `${logStream}/container-${index + 1}`,
  }))
  containersKnown.set(instance, made)
  return made
}
