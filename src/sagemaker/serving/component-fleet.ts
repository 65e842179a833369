import { clock } from '../../ground/clock.ts'
import type { Transaction } from '../../store/store.ts'
import type { Share } from '../capacity/capacity.ts'
import { instanceType } from '../capacity/instance-type.ts'
import { type Placement, placeCopies, type Room, roomsLeft } from './component-placement.ts'
import {
  type ComponentCopy,
  type ComponentFleet,
  componentsOf,
  type InferenceComponentRow,
  inferenceComponents,
} from './component-row.ts'
import { needOf } from './component-version.ts'
import { type EndpointRow, endpoints } from './endpoint.ts'

type Machine = Pick<Share, 'memoryBytes'>

/** The instances of a variant, as large as their type says; with no more memory than the machine has given each. */
export function roomsOf({ live }: Pick<EndpointRow, 'live'>, variant: string, machine: Machine): Room[] {
  const name = live?.variants.find(candidate => candidate.name === variant)?.instanceType ?? ''
  const { vcpus = 0, memoryGiB = 0, gpus = 0 } = instanceType(name) ?? {}
  const memoryMb = Math.min(memoryGiB * 1024, machine.memoryBytes / 1024 ** 2)
  return (live?.hosts ?? [])
    .filter(host => host.variant === variant)
    .map(({ attempt, memoryPart = 1 }) => {
      return { host: attempt, cpus: vcpus, memoryMb: Math.floor(memoryMb * memoryPart), gpus }
    })
}

/** What copies hold; one that serves and is to go on serving is one copy. */
export function takenBy({ live, target }: Pick<InferenceComponentRow, 'live' | 'target'>): Room[] {
  const held = [live, target].flatMap(fleet =>
    (fleet?.copies ?? []).map(
      ({ attempt, host }) => [attempt, { host, ...needOf((fleet as ComponentFleet).version) }] as const,
    ),
  )
  return [...new Map(held).values()]
}

/** Whether copies of another version serve until these do. */
export const isRolling = ({ live, target }: Pick<InferenceComponentRow, 'live' | 'target'>): boolean =>
  live !== undefined && target !== undefined && live.version.number !== target.version.number

/** How many copies a batch of an update has. Source: SageMaker API Reference, InferenceComponentRollingUpdatePolicy. */
export function batchOf({ deploymentConfig }: Pick<InferenceComponentRow, 'deploymentConfig'>, count: number): number {
  const size = deploymentConfig?.RollingUpdatePolicy?.MaximumBatchSize
  if (!size) return count
  const value = size.Value as number
  return Math.max(1, size.Type === 'COPY_COUNT' ? value : Math.floor((count * value) / 100))
}

/** Copies of the old version that go on serving beside the new ones: together as many as before, or as are wanted if those are fewer. */
export const keptBeside = ({ live, target }: Pick<InferenceComponentRow, 'live' | 'target'>): ComponentCopy[] =>
  (live?.copies ?? []).slice(
    0,
    Math.max(0, Math.min(live?.count ?? 0, target?.count ?? 0) - (target?.copies.length ?? 0)),
  )

async function place(
  tx: Transaction,
  row: InferenceComponentRow,
  own: readonly Room[],
  more: { readonly count: number; readonly fleet: ComponentFleet; readonly machine: Machine },
): Promise<Placement> {
  const endpoint = await endpoints.get(tx, row.endpointArn)
  if (!endpoint) return { hosts: [], lacking: 'The endpoint is gone.' }
  const others = (await componentsOf(tx, endpoint)).filter(({ arn }) => arn !== row.arn)
  const left = roomsLeft(roomsOf(endpoint, row.variant, more.machine), [...others.flatMap(takenBy), ...own])
  return placeCopies(more.count, needOf(more.fleet.version), left)
}

const begun = (hosts: readonly number[], lastAttempt: number): ComponentCopy[] =>
  hosts.map((host, index) => ({ host, attempt: lastAttempt + 1 + index }))

/** The row with the copies that are started next; why there is no room for them otherwise. */
export interface Placed {
  readonly row: InferenceComponentRow | undefined
  readonly lacking?: string
}

/** All copies that a fleet misses, or the next batch of an update: as much of that as there is room for. */
export async function placeMore(tx: Transaction, arn: string, machine: Machine): Promise<Placed> {
  const row = await inferenceComponents.get(tx, arn)
  const target = row?.target
  if (!row || !target || target.heals || (target.waitsUntil ?? 0) > clock.now()) return { row }
  const missing = target.count - target.copies.length
  const count = isRolling(row) ? Math.min(batchOf(row, target.count), missing) : missing
  if (count <= 0) return { row }
  const { hosts, lacking } = await place(tx, row, takenBy(row), { count, fleet: target, machine })
  if (lacking !== undefined && !(isRolling(row) && hosts.length > 0)) return { row, lacking }
  const { waitsUntil: _, ...rest } = target
  const copies = [...target.copies, ...begun(hosts, row.lastAttempt)]
  const lastAttempt = row.lastAttempt + hosts.length
  return { row: await inferenceComponents.update(tx, arn, { target: { ...rest, copies }, lastAttempt }) }
}

/**
 * Copies in place of those that have died, or whose instance is gone, as many as there is room for. Returns whether any is to come or go.
 */
export async function heal(tx: Transaction, arn: string, dead: readonly number[], machine: Machine): Promise<boolean> {
  const row = await inferenceComponents.get(tx, arn)
  if (!row?.live || row.target || row.status !== 'InService') return false
  const { live } = row
  const endpoint = await endpoints.get(tx, row.endpointArn)
  const here = new Set(endpoint && roomsOf(endpoint, row.variant, machine).map(({ host }) => host))
  const valid = live.copies.filter(({ host, attempt }) => here.has(host) && !dead.includes(attempt))
  const count = live.count - valid.length
  const own = takenBy({ live: { ...live, copies: valid } })
  const { hosts, lacking } = await place(tx, row, own, { count, fleet: live, machine })
  if (hosts.length === 0 && valid.length === live.copies.length) {
    if (lacking !== undefined && lacking !== row.failureReason)
      await inferenceComponents.update(tx, arn, { failureReason: lacking })
    return false
  }
  await inferenceComponents.update(tx, arn, {
    target: { ...live, copies: [...valid, ...begun(hosts, row.lastAttempt)], heals: true },
    lastAttempt: row.lastAttempt + hosts.length,
    failureReason: lacking,
  })
  return true
}
