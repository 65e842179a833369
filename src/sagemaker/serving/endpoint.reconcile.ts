import type { ContainerState } from '../../driver/driver.ts'
import { clock } from '../../ground/clock.ts'
import { ServiceError } from '../../ground/errors.ts'
import type { Reconciler, Wishes } from '../../reconcile/reconciler.ts'
import { asyncBacklog } from '../../runtime/async-backlog.ts'
import type { Route, RouteVariant, RoutingTable } from '../../runtime/routing-table.ts'
import type { ServerlessLeases } from '../../runtime/serverless-leases.ts'
import { storedSessions } from '../../runtime/stored-sessions.ts'
import type { Platform } from '../../service/context.ts'
import { instanceHour } from '../../service/instance-hour.ts'
import { announce } from '../../store/announcement.ts'
import type { Transaction } from '../../store/store.ts'
import { failureReason } from '../../workload/failure-reason.ts'
import type { LogPumps } from '../../workload/log-pump.ts'
import { askForCapacity } from '../capacity/capacity.ts'
import { interruptible } from '../interruption.ts'
import { decideOwnTrouble } from '../own-trouble.ts'
import { removeWorkload } from '../workload-removal.ts'
import { asyncRouteOf } from './async-inference-config.ts'
import { reportBacklog } from './async-report.ts'
import type { ComponentRoutes } from './component-routes.ts'
import { componentsOf } from './component-row.ts'
import { deploymentChange } from './deployment-change.ts'
import { type DeploymentStep, decideDeployment } from './deployment-decision.ts'
import { alarmingOf } from './deployment-guard.ts'
import {
  type Deployment,
  type EndpointHost,
  type EndpointRow,
  type EndpointVariant,
  endpoints,
  holdsComponents,
} from './endpoint.ts'
import { captureOf } from './endpoint-capture.ts'
import { deadHosts, decideEndpoint, type EndpointObserved, type EndpointStep, waits } from './endpoint-decision.ts'
import { createEndpointModels } from './endpoint-models.ts'
import { HostLost, type HostSpec, type ModelHosts, Unhealthy } from './model-host.ts'
import { wantedAt } from './rolling-deployment.ts'
import { admitted, grown, isBegun, leftAt, reached, turnedBack, whole } from './rolling-fleet.ts'
import { isServerless, mostAtOnceOf } from './serverless-config.ts'
import { putToRest, reportSetup } from './serverless-rest.ts'
import { sampledOf } from './shadow-variant.ts'

const watchMs = 60_000
const restartDelayMs = 2000
/** How often it is looked whether an instance that goes has answered, and whether an alarm takes a deployment back. */
const drainMs = 500
const alarmLookMs = 2000
const clearedAtOnce = 1000

/** Serverless endpoints: who asks them, and for how long nobody does before the container stops. */
export interface Serverless {
  readonly leases: Pick<ServerlessLeases, 'idleFor' | 'failed' | 'forget'>
  readonly idleMs: number
}

/** Carries endpoints: bring up what is wanted, switch over when it is healthy, keep it up, take it down. */
export function endpointReconciler(
  platform: Platform,
  hosts: ModelHosts,
  pumps: LogPumps,
  routes: RoutingTable,
  { leases, idleMs }: Serverless,
  components: Pick<ComponentRoutes, 'of'>,
): Reconciler {
  const { store, driver } = platform
  const models = createEndpointModels(hosts, platform)

  return async (arn, signal, wishes) => {
    const row = await endpoints.get(store, arn)
    const step = decideEndpoint(row, await observe(arn, row))
    if (!row || step.do === 'clean up') return removeWorkload(platform, pumps, arn, undefined)
    if (step.do === 'take down') return takeDown(row)
    if (step.do === 'wait') return store.transaction(askForCapacity)
    if (step.do === 'refuse') return refuse(row, noCapacity)
    const drained = await removeDrained(row, step.superfluous)
    const next = await goOn(row, step, signal, wishes)
    return drained ? next : { after: Math.min(next.after, drainMs) }
  }

  async function goOn(
    row: EndpointRow,
    step: Extract<EndpointStep, { readonly superfluous: unknown }>,
    signal: AbortSignal,
    wishes: Wishes | undefined,
  ): Promise<{ after: number }> {
    if (step.do === 'deploy') return deploy(row, step.target, signal, wishes)
    if (row.live?.hosts.length && idleLeft(row) <= 0) return rest(row)
    if (step.do === 'keep up') return keepUp(row, step.live, signal)
    return restart(row, 'live', row.live as Deployment, step.dead)
  }

  /** Milliseconds until the container stops when nobody asks. */
  function idleLeft({ arn, live, target }: EndpointRow): number {
    return isServerless(live) && !target ? idleMs - leases.idleFor(arn) : Number.POSITIVE_INFINITY
  }

  async function rest(row: EndpointRow): Promise<{ after: number }> {
    const live = await putToRest(platform, row.arn)
    if (live) await setRoute(row, [{ deployment: live, addresses: [], share: 1 }])
    return { after: 0 }
  }

  /** Who is asked nothing new answers what it was asked before it goes. Returns whether all have gone. */
  async function removeDrained(row: EndpointRow, attempts: readonly number[]): Promise<boolean> {
    let answering = 0
    for (const attempt of attempts)
      if (await routes.outstanding.isAsked(instanceOf(row, attempt))) answering++
      else await hosts.removeAttempt(row.arn, attempt)
    return answering === 0
  }

  async function observe(arn: string, row: EndpointRow | undefined): Promise<EndpointObserved> {
    const attempts = (await driver.list(arn)).map(({ key }) => key.attempt)
    const states = new Map<EndpointHost, (ContainerState | undefined)[]>()
    if (row?.live && (!row.target || waits(row)))
      for (const host of row.live.hosts) states.set(host, await hosts.observe(hostSpec(row, row.live, host)))
    return { attempts, containers: host => states.get(host) ?? [] }
  }

  async function deploy(
    row: EndpointRow,
    target: Deployment,
    signal: AbortSignal,
    wishes: Wishes | undefined,
  ): Promise<{ after: number }> {
    const unwanted = async () => {
      const now = await endpoints.get(store, row.arn)
      return now?.status === 'Deleting' || (now !== undefined && isReplaced(now, target))
    }
    let after = 0
    try {
      const { interrupted } = await interruptible(signal, wishes, unwanted, async until => {
        after = await bringUp(row, target, until)
      })
      if (interrupted) platform.log.info({ endpoint: row.arn }, 'deleted or updated before it was in service')
      return { after }
    } catch (error) {
      if (error instanceof ServiceError && !signal.aborted) return refuse(row, reasonOf(target, error))
      if (error instanceof HostLost && !signal.aborted)
        return restart(row, 'target', target, await deadOf(row, { ...target, hosts: admitted(target) }))
      if (signal.aborted) throw error
      return bear(row, error)
    }
  }

  /** An error of the platform's own, tried again a bounded number of times. */
  async function bear(row: EndpointRow, error: unknown): Promise<{ after: number }> {
    const step = decideOwnTrouble(row, error)
    if (step.do === 'give up') return refuse(row, step.reason)
    if (step.do === 'try again') await store.transaction(tx => endpoints.update(tx, row.arn, { tries: step.tries }))
    throw error
  }

  async function deadOf(row: EndpointRow, deployment: Deployment): Promise<EndpointHost[]> {
    const states = new Map<EndpointHost, (ContainerState | undefined)[]>()
    for (const host of deployment.hosts) states.set(host, await hosts.observe(hostSpec(row, deployment, host)))
    return deadHosts(deployment, { containers: host => states.get(host) ?? [] })
  }

  /** Side by side, as far as the engine does more than one at a time. Throws the first error when all have been tried. */
  async function startAll(specs: readonly HostSpec[]): Promise<void> {
    const started = await Promise.allSettled(specs.map(spec => hosts.start(spec)))
    for (const one of started) if (one.status === 'rejected') throw one.reason
  }

  /** Returns after how many milliseconds it is to be looked at again. */
  async function bringUp(row: EndpointRow, wanted: Deployment, signal: AbortSignal): Promise<number> {
    const target = { ...wanted, hosts: admitted(wanted) }
    const specs = target.hosts.map(host => hostSpec(row, target, host))
    await startAll(specs)
    const fresh = { deployment: target, addresses: await Promise.all(specs.map(spec => hosts.healthy(spec, signal))) }
    const step = await deploymentStep(row, target)
    if (step.do === 'roll back') return (await refuse(row, step.reason)).after
    if (row.live && step.do !== 'bake' && target.hosts.length < hostsWanted(target, step))
      return exchange(row, fresh, hostsWanted(target, step), signal)
    if (step.do !== 'finish') return shift(row, fresh, step, signal)
    reportSetup(platform, row, target)
    // Before the status says so: whoever sees InService can invoke.
    await setRoute(row, [{ ...fresh, share: 1 }])
    await store.transaction(async tx => {
      const now = await endpoints.get(tx, row.arn)
      if (!now || now.status === 'Deleting' || isReplaced(now, target)) return
      const back = target.guard?.rolling?.back
      const done = { live: whole(target), target: undefined, failureReason: back && toldReason(back), tries: undefined }
      await endpoints.update(tx, row.arn, { status: 'InService', ...done })
      await startUsage(tx, row, [target])
      if (row.live) await askForCapacity(tx)
      // Their instances may be others now.
      for (const { arn } of holdsComponents(target) ? await componentsOf(tx, row) : [])
        await tx.enqueue('inference-component', arn)
      // There may be instances again for what has waited.
      if (target.async) await tx.enqueue('async-inference', row.arn)
    })
    return 0
  }

  /** A first deployment has nothing to be shifted from. */
  async function deploymentStep(row: EndpointRow, target: Deployment): Promise<DeploymentStep> {
    const { guard, traffic, since: begun = 0 } = target
    if (!guard || !row.live) return { do: 'finish' }
    const alarming = await alarmingOf(store.db, row, guard)
    return decideDeployment({ guard, traffic, begun, now: clock.now(), alarming })
  }

  /**
   * The old instances go that a batch has taken the place of, and the next batch is asked for. Until it is there, both fleets serve as
   * they did.
   */
  async function exchange(row: EndpointRow, fresh: Fleet, wanted: number, signal: AbortSignal): Promise<number> {
    const { guard, traffic } = fresh.deployment
    if (!guard?.rolling || !traffic) return alarmLookMs
    const { rolling } = guard
    const left = (live: Deployment) => ({ ...live, hosts: leftAt(guard, rolling, traffic.stage, live.hosts) })
    const live = left(row.live as Deployment)
    const stay = { do: 'bake', stage: traffic.stage, leftMs: alarmLookMs } as const
    const after = await shift({ ...row, live }, fresh, stay, signal)
    await store.transaction(async tx => {
      const now = await endpoints.get(tx, row.arn)
      if (!now?.live || !now.target || now.target.hosts.length >= wanted) return
      const target = grown(now.target, wanted, now.lastAttempt)
      const lastAttempt = now.lastAttempt + target.hosts.length - now.target.hosts.length
      const since = clock.now()
      await endpoints.update(tx, row.arn, {
        live: left(now.live),
        target: { ...target, waitsSince: since },
        lastAttempt,
      })
      await startUsage(tx, row, [left(now.live), fresh.deployment])
      await askForCapacity(tx)
    })
    return after
  }

  /** Both fleets serve, each its share, and what serves is kept up meanwhile. Once all is shifted the old one stays to be gone back to. */
  async function shift(
    row: EndpointRow,
    fresh: Fleet,
    step: Extract<DeploymentStep, { readonly do: 'shift' | 'bake' }>,
    signal: AbortSignal,
  ): Promise<number> {
    const live = row.live as Deployment
    const dead = await deadOf(row, live)
    if (dead.length > 0) return (await restart(row, 'live', live, dead)).after
    const specs = live.hosts.map(host => hostSpec(row, live, host))
    const old = { deployment: live, addresses: await Promise.all(specs.map(spec => hosts.healthy(spec, signal))) }
    const stage = fresh.deployment.guard?.stages[step.stage]
    const share = stage?.share ?? 1
    await setRoute(row, [
      { ...old, share: 1 - share },
      { ...fresh, share },
    ])
    if (step.do === 'bake') return Math.min(step.leftMs, alarmLookMs)
    await store.transaction(async tx => {
      const current = await endpoints.get(tx, row.arn)
      if (!current?.target) return
      const traffic = { stage: step.stage, since: clock.now() }
      const shifted = await endpoints.update(tx, row.arn, { target: { ...current.target, traffic } })
      await announce(tx, await deploymentChange(tx, shifted))
      if (step.stage === 0 || fresh.deployment.guard?.rolling) await startUsage(tx, row, [live, fresh.deployment])
    })
    return Math.min(stage?.waitMs ?? 0, alarmLookMs)
  }

  /** A first deployment that fails fails the endpoint; an update that fails leaves what was live before. */
  async function refuse(row: EndpointRow, reason: string): Promise<{ after: number }> {
    const { arn, target } = row
    if (isBegun(row) && !target?.guard?.rolling?.back) return turnBack(row, reason)
    const live = isBegun(row) ? reached(target as Deployment) : row.live
    if (live && target?.traffic) await serveAgain(row, live)
    const told = toldReason(target?.guard?.rolling?.back, reason)
    await store.transaction(async tx => {
      const now = await endpoints.get(tx, arn)
      if (!now || (target && isReplaced(now, target))) return
      await endpoints.update(tx, arn, {
        status: now.status === 'Deleting' ? 'Deleting' : live ? 'InService' : 'Failed',
        ...(isBegun(row) && { live }),
        target: undefined,
        failureReason: told,
        tries: undefined,
      })
      if (live && target?.traffic) await startUsage(tx, row, [live])
      await askForCapacity(tx)
    })
    if (target?.configName === live?.configName) leases.failed(arn, told)
    return { after: 0 }
  }

  /** What has gone of the old fleet comes again, batch by batch, and takes the traffic back. */
  async function turnBack({ arn }: EndpointRow, reason: string): Promise<{ after: number }> {
    await store.transaction(tx =>
      endpoints.update(tx, arn, now => ({
        ...(now.live && now.target && turnedBack(now.live, now.target, reason, clock.now())),
        status: 'RollingBack',
        failureReason: toldReason(reason),
        tries: undefined,
      })),
    )
    return { after: 0 }
  }

  /** All traffic goes back to what served before, before anything of the new fleet goes. */
  async function serveAgain(row: EndpointRow, live: Deployment): Promise<void> {
    const specs = live.hosts.map(host => hostSpec(row, live, host))
    try {
      const addresses = await Promise.all(specs.map(spec => hosts.healthy(spec, new AbortController().signal)))
      await setRoute(row, [{ deployment: live, addresses, share: 1 }])
    } catch (error) {
      // It is begun anew with the next look.
      if (!(error instanceof ServiceError || error instanceof HostLost)) throw error
    }
  }

  /** Adopts what runs, and lets it be invoked. */
  async function keepUp(row: EndpointRow, live: Deployment, signal: AbortSignal): Promise<{ after: number }> {
    const specs = live.hosts.map(host => hostSpec(row, live, host))
    await startAll(specs)
    try {
      const addresses = await Promise.all(specs.map(spec => hosts.healthy(spec, signal)))
      await setRoute(row, [{ deployment: live, addresses, share: 1 }])
      await reportBacklog(platform, row)
      return { after: Math.min(watchMs, specs.length > 0 ? Math.max(0, idleLeft(row)) : watchMs) }
    } catch (error) {
      if (!(error instanceof ServiceError || error instanceof HostLost) || signal.aborted) throw error
      return restart(row, 'live', live, live.hosts)
    }
  }

  async function restart(
    row: EndpointRow,
    part: 'live' | 'target',
    deployment: Deployment,
    dead: readonly EndpointHost[],
  ): Promise<{ after: number }> {
    platform.log.warn({ endpoint: row.arn, hosts: dead }, 'an endpoint instance has died; starting it anew')
    for (const host of dead) await hosts.tellEnds(hostSpec(row, deployment, host))
    await store.transaction(tx =>
      endpoints.update(tx, row.arn, now => {
        if (part === 'target' && isReplaced(now, deployment)) return {}
        let attempt = now.lastAttempt
        const anew = new Map(dead.map(host => [host.attempt, { ...host, attempt: ++attempt }]))
        const renewed = (all: Deployment | undefined) =>
          all && { ...all, hosts: all.hosts.map(host => anew.get(host.attempt) ?? host) }
        // An update that waits may want to keep a host that has died meanwhile.
        return {
          [part]: renewed(deployment),
          ...(part === 'live' && { target: renewed(now.target) }),
          lastAttempt: attempt,
        }
      }),
    )
    const next = (await endpoints.get(store, row.arn))?.[part]
    const started = next && part === 'target' ? admitted(next) : next?.hosts
    await startAll((started ?? []).map(host => hostSpec(row, next as Deployment, host)))
    return { after: restartDelayMs }
  }

  async function takeDown(row: EndpointRow): Promise<{ after: number } | undefined> {
    await routes.remove(row.arn)
    leases.forget(row.arn)
    models.keep(row.arn, [])
    while (await store.transaction(tx => asyncBacklog.clear(tx, row.arn, clearedAtOnce)));
    const stopUsage = (at: Date) => store.transaction(tx => platform.market.usageStopped(tx, row.arn, at))
    const later = await removeWorkload(platform, pumps, row.arn, undefined, stopUsage)
    if (later) return later
    await platform.images.release(row.arn)
    await store.transaction(async tx => {
      await platform.market.usageStopped(tx, row.arn, new Date(clock.now()))
      await storedSessions.clear(tx, row.arn)
      await endpoints.remove(tx, row.arn)
      await askForCapacity(tx)
    })
  }

  /** Counts are part of the fact, so a change of them ends one fact and begins the next. */
  async function startUsage(tx: Transaction, row: EndpointRow, deployments: readonly Deployment[]): Promise<void> {
    const now = new Date(clock.now())
    await platform.market.usageStopped(tx, row.arn, now)
    for (const { productArn, instanceType, count } of productInstances(deployments)) {
      const subject = { account: row.account, region: row.region, productArn, resourceArn: row.arn }
      await platform.market.usageStarted(tx, subject, instanceHour(instanceType, 'realtime'), count, now)
    }
  }

  /** The fleets that serve, in effect when it resolves; one that has no share is asked nothing, nor is an endpoint that is being deleted. */
  async function setRoute(row: EndpointRow, fleets: readonly (Fleet & { readonly share: number })[]): Promise<void> {
    models.keep(
      row.arn,
      fleets.flatMap(({ deployment }) => deployment.hosts.map(host => hostSpec(row, deployment, host))),
    )
    const { async } = fleets[0]?.deployment ?? {}
    const route: Route = {
      ...{ arn: row.arn, account: row.account, region: row.region, name: row.name },
      ...(async && { async: asyncRouteOf(async) }),
      ...(holdsComponents(fleets[0]?.deployment) && { components: components.of(row.arn) }),
      variants: fleets.filter(({ share }) => share > 0).flatMap(fleet => routeVariants(row, fleet)),
    }
    // Begun within a transaction: who deletes the endpoint commits before it, and is seen, or removes the route after it.
    let everywhere: Promise<void> | undefined
    await store.transaction(async tx => {
      if ((await endpoints.get(tx, row.arn))?.status !== 'Deleting') everywhere ??= routes.set(route)
    })
    await everywhere
  }

  function routeVariants(
    row: EndpointRow,
    { deployment, addresses, share }: Fleet & { readonly share: number },
  ): RouteVariant[] {
    const routes = deployment.variants.map(
      (variant): RouteVariant => ({
        name: variant.name,
        weight: variant.weight * share,
        ...captureOf(deployment, variant),
        ...(variant.routing && { routing: variant.routing }),
        ...(variant.serverless && { serverless: { mostAtOnce: mostAtOnceOf(variant.serverless) } }),
        direct: variant.model.invocation === 'Direct',
        instances: deployment.hosts.flatMap((host, index) =>
          host.variant === variant.name
            ? {
                addresses: addresses[index] ?? [],
                hostnames: variant.model.containers.map(
                  ({ hostname, definition }) => hostname ?? definition.ContainerHostname,
                ),
                logStream: streamOf(row, host).stream,
                ...models.of(row, hostSpec(row, deployment, host), addresses[index]?.[0] ?? ''),
              }
            : [],
        ),
        // Asynchronous endpoints are paid by the hour alone.
        products: deployment.async ? variant.model.containers.map(() => undefined) : meteredProducts(variant),
      }),
    )
    const isShadow = (index: number) => deployment.variants[index]?.isShadow === true
    const shadow = routes.find((_, index) => isShadow(index))
    return routes
      .filter((_, index) => !isShadow(index))
      .map(variant => ({
        ...variant,
        ...(shadow && { shadow: { sampled: sampledOf(shadow.weight, variant.weight), variant: shadow } }),
      }))
  }
}

/** Whether something else is wanted than this, as when a serverless endpoint is updated while its container is started. */
const isReplaced = ({ target: wanted }: EndpointRow, target: Deployment): boolean =>
  !target.hosts.every(({ attempt }) => wanted?.hosts.some(host => host.attempt === attempt))

/** A deployment whose hosts are healthy, with the addresses of their containers. */
interface Fleet {
  readonly deployment: Deployment
  readonly addresses: readonly (readonly string[])[]
}

/** Source: what users of the service quote of its FailureReason in public issue reports. */
const noCapacity =
  'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a different ML instance type or after some time.'

/** Why the way went back, and why it could not be gone to its end. */
const toldReason = (back: string | undefined, reason?: string): string =>
  failureReason(
    back && reason
      ? `${back} Not all instances of the old fleet could be started again: ${reason}`
      : (back ?? reason ?? ''),
  )

function hostsWanted({ guard, hosts }: Deployment, step: { readonly do: string; readonly stage?: number }): number {
  if (!guard?.rolling) return hosts.length
  return step.stage === undefined ? guard.rolling.instances : wantedAt(guard, guard.rolling, step.stage)
}

function reasonOf(target: Deployment, error: ServiceError): string {
  if (error.code !== 'AlgorithmError') return `${error.code}: ${error.message}`
  const variant = target.variants[0]?.name
  const container = error instanceof Unhealthy ? error.container : 'primary'
  const ping = `The ${container} container for production variant ${variant} did not pass the ping health check. Please check CloudWatch logs for this endpoint`
  return failureReason(ping, error.message)
}

/** How many instances of each type serve each product, over all variants: a fact counts a product and type once. */
function productInstances(deployments: readonly Deployment[]) {
  const found = new Map<string, { productArn: string; instanceType: string; count: number }>()
  const running = deployments.flatMap(({ variants, hosts }) => hosts.map(host => ({ name: host.variant, variants })))
  for (const { name, variants } of running) {
    const variant = variants.find(candidate => candidate.name === name)
    if (!variant) continue
    for (const productArn of new Set(variant.model.containers.flatMap(({ productArn: arn }) => arn ?? []))) {
      const key = `${productArn} ${variant.instanceType}`
      found.set(key, { productArn, instanceType: variant.instanceType, count: (found.get(key)?.count ?? 0) + 1 })
    }
  }
  return found.values()
}

/**
 * Which product each container's answer is metered for: of a package with several containers in a row the last one answers for it, and
 * each for itself where containers are called directly. The containers that a package adds show no definition of their own.
 */
const meteredProducts = ({ model: { containers, invocation } }: EndpointVariant): (string | undefined)[] =>
  containers.map(({ productArn }, index) => {
    const next = containers[index + 1]
    const goesOn = next?.productArn === productArn && Object.keys(next?.definition ?? {}).length === 0
    return invocation !== 'Direct' && goesOn ? undefined : productArn
  })

function hostSpec(row: EndpointRow, { variants }: Deployment, host: EndpointHost): HostSpec {
  const variant = variants.find(({ name }) => name === host.variant) as EndpointVariant
  return {
    arn: row.arn,
    attempt: host.attempt,
    host: `${host.variant}-${host.index + 1}`,
    containers: variant.model.containers,
    executionRole: variant.model.executionRole,
    isolated: variant.model.isolated,
    instanceType: variant.instanceType,
    environment: {},
    stream: streamOf(row, host),
    startupTimeoutSeconds: variant.startupTimeoutSeconds,
    ...(host.memoryPart !== undefined && { memoryPart: host.memoryPart }),
    ...(variant.volume && { volume: variant.volume }),
  }
}

/** `VARIANT/i-…`, the second part unique to the instance. */
const streamOf = (row: EndpointRow, { variant, attempt }: EndpointHost) => ({
  ...{ account: row.account, region: row.region, group: `/aws/sagemaker/Endpoints/${row.name}` },
  stream: `${variant}${instanceOf(row, attempt)}`,
})

/** How the log stream of an attempt ends. */
const instanceOf = (row: Pick<EndpointRow, 'created'>, attempt: number): string =>
  `/i-${(row.created * 4096 + attempt).toString(16).padStart(17, '0')}`
