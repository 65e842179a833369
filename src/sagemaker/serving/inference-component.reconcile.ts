import { clock } from '../../ground/clock.ts'
import { ServiceError } from '../../ground/errors.ts'
import type { Reconciler, Wishes } from '../../reconcile/reconciler.ts'
import type { RouteInstance, RoutingTable } from '../../runtime/routing-table.ts'
import type { Platform } from '../../service/context.ts'
import { failureReason } from '../../workload/failure-reason.ts'
import type { LogPumps } from '../../workload/log-pump.ts'
import { engineSize } from '../capacity/engine-size.ts'
import { interruptible } from '../interruption.ts'
import { decideOwnTrouble } from '../own-trouble.ts'
import { removeWorkload } from '../workload-removal.ts'
import { heal, isRolling, keptBeside, placeMore } from './component-fleet.ts'
import type { ComponentRoutes } from './component-routes.ts'
import {
  type ComponentCopy,
  type ComponentFleet,
  type InferenceComponentRow,
  inferenceComponents,
} from './component-row.ts'
import { needOf } from './component-version.ts'
import { type EndpointVariant, endpoints } from './endpoint.ts'
import { HostLost, type HostSpec, type ModelHosts } from './model-host.ts'

const watchMs = 60_000
const restartDelayMs = 2000
/** How often it is looked whether a copy that goes has answered. */
const drainMs = 500

type Again = Promise<{ after: number }>

/** Carries inference components: places copies on the instances of their endpoint, brings them up, keeps them up, takes them down. */
export function inferenceComponentReconciler(
  platform: Platform,
  hosts: ModelHosts,
  pumps: LogPumps,
  { outstanding }: Pick<RoutingTable, 'outstanding'>,
  routes: ComponentRoutes,
): Reconciler {
  const { store, driver } = platform
  const size = engineSize(driver)

  return async (arn, signal, wishes) => {
    const row = await inferenceComponents.get(store, arn)
    if (!row || (row.status === 'Failed' && !row.live)) return removeWorkload(platform, pumps, arn, undefined)
    if (row.status === 'Deleting') return takeDown(row)
    const drained = await removeDrained(row)
    const next = row.target ? await deploy(row, signal, wishes) : await keepUp(row, row.live as ComponentFleet, signal)
    return drained ? next : { after: Math.min(next.after, drainMs) }
  }

  /** Who is asked nothing new answers what it was asked before it goes. Returns whether all have gone. */
  async function removeDrained(row: InferenceComponentRow): Promise<boolean> {
    const wanted = new Set([row.live, row.target].flatMap(fleet => fleet?.copies.map(({ attempt }) => attempt) ?? []))
    const attempts = new Set((await driver.list(row.arn)).map(({ key }) => key.attempt))
    let answering = 0
    for (const attempt of attempts) {
      if (wanted.has(attempt)) continue
      if (await outstanding.isAsked(instanceOf(row, attempt))) answering++
      else await hosts.removeAttempt(row.arn, attempt)
    }
    return answering === 0
  }

  async function deploy(given: InferenceComponentRow, signal: AbortSignal, wishes: Wishes | undefined): Again {
    const endpoint = await endpoints.get(store, given.endpointArn)
    if (endpoint?.status === 'Creating') return { after: watchMs }
    if (!endpoint?.live)
      return refuse(given, `The endpoint ${given.parent} is not in service: ${endpoint?.failureReason}`)
    const machine = await size()
    const { row, lacking } = await store.transaction(tx => placeMore(tx, given.arn, machine))
    const target = row?.target
    if (!row || !target) return { after: 0 }
    if (lacking !== undefined) return refuse(row, lacking)
    const unwanted = async () => !isWanted(await inferenceComponents.get(store, row.arn), target)
    let after = 0
    try {
      await interruptible(signal, wishes, unwanted, async until => {
        after = await bringUp(row, target, until)
      })
      return { after }
    } catch (error) {
      if (signal.aborted) throw error
      if (error instanceof ServiceError) return refuse(row, reasonOf(row, error))
      if (error instanceof HostLost) return restart(row, target)
      return bear(row, error)
    }
  }

  /** An error of the platform's own, tried again a bounded number of times. */
  async function bear(row: InferenceComponentRow, error: unknown): Again {
    const step = decideOwnTrouble(row, error)
    if (step.do === 'give up') return refuse(row, step.reason)
    if (step.do === 'try again')
      await store.transaction(tx => inferenceComponents.update(tx, row.arn, { tries: step.tries }))
    throw error
  }

  /** Returns after how many milliseconds it is to be looked at again. */
  async function bringUp(row: InferenceComponentRow, target: ComponentFleet, signal: AbortSignal): Promise<number> {
    const fresh = await started(row, target, target.copies, signal)
    const kept = isRolling(row) ? keptBeside(row) : []
    const old = row.live && kept.length > 0 ? await serving(row, row.live, kept, signal) : []
    // Before the status says so: whoever sees InService can invoke.
    await setRoute(row, [...fresh, ...old])
    const isDone = target.heals || target.copies.length >= target.count
    const waitMs = (row.deploymentConfig?.RollingUpdatePolicy?.WaitIntervalInSeconds ?? 0) * 1000
    const left = (target.waitsUntil ?? 0) - clock.now()
    if (left > 0) return left
    await store.transaction(async tx => {
      const now = await inferenceComponents.get(tx, row.arn)
      if (!now || !isWanted(now, target)) return
      if (isDone) return void (await inferenceComponents.update(tx, row.arn, arrived(now, target)))
      const live = { ...(now.live as ComponentFleet), copies: kept }
      await inferenceComponents.update(tx, row.arn, { live, target: { ...target, waitsUntil: clock.now() + waitMs } })
    })
    return isDone ? 0 : waitMs
  }

  /** Side by side, as far as the engine does more than one at a time. Throws the first error when all have been tried. */
  async function started(
    row: InferenceComponentRow,
    fleet: ComponentFleet,
    copies: readonly ComponentCopy[],
    signal: AbortSignal,
  ): Promise<RouteInstance[]> {
    const variant = await variantOf(row)
    const specs = copies.map(copy => specOf(row, variant, fleet, copy))
    for (const one of await Promise.allSettled(specs.map(spec => hosts.start(spec))))
      if (one.status === 'rejected') throw one.reason
    const addresses = await Promise.all(specs.map(spec => hosts.healthy(spec, signal)))
    return specs.map(({ stream }, index) => ({
      ...{ addresses: addresses[index] ?? [], hostnames: [undefined], logStream: stream.stream },
    }))
  }

  /** Those of the copies that are known to answer, or are found to. */
  async function serving(
    row: InferenceComponentRow,
    fleet: ComponentFleet,
    copies: readonly ComponentCopy[],
    signal: AbortSignal,
  ): Promise<RouteInstance[]> {
    const known = routes.of(row.endpointArn).find(({ component }) => component === row.name)?.instances ?? []
    const found = copies.map(async copy => {
      const stream = streamOf(row, copy).stream
      const instance = known.find(({ logStream }) => logStream === stream)
      if (instance) return [instance]
      return started(row, fleet, [copy], signal).catch(error => {
        if (error instanceof ServiceError || error instanceof HostLost) return []
        throw error
      })
    })
    return (await Promise.all(found)).flat()
  }

  async function setRoute(row: InferenceComponentRow, instances: readonly RouteInstance[]): Promise<void> {
    const { routing } = await variantOf(row)
    await routes.set(row, {
      ...{ name: row.variant, component: row.name, weight: 1, direct: false, instances, products: [undefined] },
      ...(routing && { routing }),
    })
  }

  /** What never served has failed; otherwise what served goes on, and is made whole again. */
  async function refuse(row: InferenceComponentRow, reason: string): Again {
    if (row.live) await setRoute(row, await serving(row, row.live, row.live.copies, new AbortController().signal))
    await store.transaction(async tx => {
      const now = await inferenceComponents.get(tx, row.arn)
      if (!now || !row.target || !isWanted(now, row.target)) return
      const change = { failureReason: failureReason(reason), tries: undefined }
      // Who asks what has failed is told what was wanted.
      const kept = { status: 'Failed', target: { ...row.target, copies: [] } } as const
      await inferenceComponents.update(tx, row.arn, {
        ...change,
        ...(now.live ? { status: 'InService', target: undefined } : kept),
      })
    })
    return { after: row.live ? restartDelayMs : 0 }
  }

  /** The platform has lost containers that ran: they are begun anew where they were. */
  async function restart(row: InferenceComponentRow, target: ComponentFleet): Again {
    const dead = await deadOf(row, target)
    platform.log.warn(
      { component: row.arn, copies: dead },
      'copies of an inference component were lost; starting them anew',
    )
    await store.transaction(tx =>
      inferenceComponents.update(tx, row.arn, now => {
        if (!now.target || !isWanted(now, target)) return {}
        let attempt = now.lastAttempt
        const copies = target.copies.map(copy => (dead.includes(copy) ? { ...copy, attempt: ++attempt } : copy))
        return { target: { ...target, copies }, lastAttempt: attempt }
      }),
    )
    return { after: restartDelayMs }
  }

  async function deadOf(row: InferenceComponentRow, fleet: ComponentFleet): Promise<ComponentCopy[]> {
    const variant = await variantOf(row)
    const states = await Promise.all(fleet.copies.map(copy => hosts.observe(specOf(row, variant, fleet, copy))))
    return fleet.copies.filter((_, index) => states[index]?.some(state => state?.status !== 'running'))
  }

  /** Adopts what runs, and lets it be invoked; what has died, or has lost its instance, comes anew. */
  async function keepUp(row: InferenceComponentRow, live: ComponentFleet, signal: AbortSignal): Again {
    const dead = await deadOf(row, live)
    if (dead.length > 0) {
      const variant = await variantOf(row)
      for (const copy of dead) await hosts.tellEnds(specOf(row, variant, live, copy))
      const left = live.copies.filter(copy => !dead.includes(copy))
      await setRoute(row, await serving(row, live, left, signal))
    }
    const attempts = dead.map(({ attempt }) => attempt)
    const machine = await size()
    const isHealing = await store.transaction(tx => heal(tx, row.arn, attempts, machine))
    if (isHealing) return { after: dead.length > 0 ? restartDelayMs : 0 }
    try {
      await setRoute(row, await started(row, live, live.copies, signal))
      return { after: watchMs }
    } catch (error) {
      if (!(error instanceof ServiceError || error instanceof HostLost) || signal.aborted) throw error
      const all = live.copies.map(({ attempt }) => attempt)
      await store.transaction(tx => heal(tx, row.arn, all, machine))
      return { after: restartDelayMs }
    }
  }

  async function takeDown(row: InferenceComponentRow): Promise<{ after: number } | undefined> {
    await routes.remove(row)
    const later = await removeWorkload(platform, pumps, row.arn, undefined)
    if (later) return later
    await platform.images.release(row.arn)
    await store.transaction(tx => inferenceComponents.remove(tx, row.arn))
  }

  async function variantOf(row: InferenceComponentRow): Promise<EndpointVariant> {
    const endpoint = await endpoints.get(store, row.endpointArn)
    const found = (endpoint?.live ?? endpoint?.target)?.variants.find(({ name }) => name === row.variant)
    // No endpoint goes, and none changes its variants, while it has components.
    if (!found) throw new ServiceError('ValidationException', `The endpoint has no variant ${row.variant} any more.`)
    return found
  }
}

/** Whether this is still what is being brought up. */
function isWanted(now: InferenceComponentRow | undefined, { version, count, copies }: ComponentFleet): boolean {
  const wanted = now?.status === 'Deleting' ? undefined : now?.target
  const same = copies.every(({ attempt }) => wanted?.copies.some(copy => copy.attempt === attempt))
  return wanted?.version.number === version.number && wanted.count === count && same
}

const arrived = (
  { failureReason: reason }: InferenceComponentRow,
  { version, count, copies }: ComponentFleet,
): Partial<InferenceComponentRow> => ({
  ...{ status: 'InService', live: { version, count, copies }, target: undefined, tries: undefined },
  failureReason: copies.length < count ? reason : undefined,
})

const reasonOf = ({ name }: InferenceComponentRow, { code, message }: ServiceError): string =>
  code === 'AlgorithmError'
    ? failureReason(
        `The container for inference component ${name} did not pass the ping health check. Please check CloudWatch logs for this inference component`,
        message,
      )
    : `${code}: ${message}`

function specOf(
  row: InferenceComponentRow,
  { instanceType, startupTimeoutSeconds }: EndpointVariant,
  { version: { specification, model } }: ComponentFleet,
  copy: ComponentCopy,
): HostSpec {
  const needs = specification.ComputeResourceRequirements
  const { memoryMb } = needOf({ specification })
  return {
    ...{ arn: row.arn, attempt: copy.attempt, host: `copy-${copy.attempt}`, ...model, instanceType },
    ...{ environment: {}, stream: streamOf(row, copy) },
    startupTimeoutSeconds:
      specification.StartupParameters?.ContainerStartupHealthCheckTimeoutInSeconds ?? startupTimeoutSeconds,
    within: {
      ...(needs?.NumberOfCpuCoresRequired !== undefined && { cpus: needs.NumberOfCpuCoresRequired }),
      memoryBytes: memoryMb * 1024 ** 2,
      gpus: needs?.NumberOfAcceleratorDevicesRequired ?? 0,
    },
  }
}

/** `VARIANT/i-…`, the second part unique to the copy. */
const streamOf = (row: InferenceComponentRow, { attempt }: ComponentCopy) => ({
  ...{ account: row.account, region: row.region, group: `/aws/sagemaker/InferenceComponents/${row.name}` },
  stream: `${row.variant}${instanceOf(row, attempt)}`,
})

/** How the log stream of an attempt ends. */
const instanceOf = (row: Pick<InferenceComponentRow, 'created'>, attempt: number): string =>
  `/i-${(row.created * 4096 + attempt).toString(16).padStart(17, '0')}`
