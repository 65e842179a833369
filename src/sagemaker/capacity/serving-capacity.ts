import type { EndpointHost } from '../serving/endpoint.ts'
import {
  type Applicant,
  budgetOf,
  type Granted,
  inTurn,
  type Machine,
  partOf,
  type Share,
  shareOf,
  total,
  wholeOf,
} from './capacity.ts'
import type { DeploymentNeed, EndpointNeed } from './capacity-rows.ts'
import { longestWaitMs } from './longest-wait.ts'

/** Hosts of one endpoint that want to be started, since when, in milliseconds. */
export interface ServingApplicant extends Applicant {
  readonly account: string
  readonly since: number
}

/** What endpoints hold of the machine, and which of them wait. */
export interface Serving {
  readonly held: Share
  readonly holders: readonly { readonly arn: string; readonly account: string }[]
  /** In turns of the accounts. */
  readonly queue: readonly ServingApplicant[]
}

/**
 * What serves stays, so its memory counts twice at most. Processors are not counted: what serves waits for requests most of the time, and
 * a kernel can share them in any proportion, which it cannot do with memory.
 */
const memoryTimes = 2

/**
 * So much more is there for accounts that have no endpoint yet, whatever others and jobs have taken: an account that has all the rest keeps
 * nobody from the first one.
 */
const firstTimes = 1

/** Who holds and who waits, by the endpoints' rows, the oldest first. */
export function servingOf(rows: readonly EndpointNeed[], machine: Machine): Serving {
  const held = rows.map(row => ({
    row,
    share: total(heldBy(row).map(({ type, host }) => shareOf([type], machine, host.memoryPart))),
  }))
  const holders = held
    .filter(({ share }) => share.memoryBytes > 0)
    .map(({ row: { arn, account } }) => ({ arn, account }))
  const queue = inTurn(
    holders.map(({ account }) => account),
    rows.flatMap(row => applicantOf(row) ?? []).toSorted((a, b) => a.since - b.since),
  )
  return { held: total(held.map(({ share }) => share)), holders, queue }
}

interface Instance {
  readonly host: EndpointHost
  readonly type: string
}

const instancesOf = (deployment: DeploymentNeed | undefined): Instance[] =>
  (deployment?.hosts ?? []).map(host => ({
    host,
    type: deployment?.variants.find(({ name }) => name === host.variant)?.instanceType as string,
  }))

/** What serves and what is being brought up are there at the same time; a host may belong to both. */
function heldBy({ live, target }: EndpointNeed): Instance[] {
  const instances = [...instancesOf(target).filter(({ host }) => !isWaiting(host)), ...instancesOf(live)]
  return [...new Map(instances.map(instance => [instance.host.attempt, instance])).values()]
}

/** A serverless endpoint is in service while its container is started. */
const asking: readonly string[] = ['Creating', 'Updating', 'RollingBack', 'InService']

/** It has not been let in. */
export const isWaiting = ({ memoryPart }: EndpointHost): boolean => memoryPart === undefined

/** What an endpoint asks for, if anything. */
export function applicantOf({ arn, account, status, modified, target }: EndpointNeed): ServingApplicant | undefined {
  const waiting = instancesOf(target).filter(({ host }) => isWaiting(host))
  const isAsking = asking.includes(status) && !target?.noCapacity
  if (!isAsking || waiting.length === 0) return undefined
  return {
    arn,
    account,
    since: target?.waitsSince ?? target?.since ?? modified,
    instanceTypes: waiting.map(({ type }) => type),
  }
}

/**
 * Which endpoints of the queue start now, each with all of its hosts. Room is what jobs and other endpoints leave; where no other endpoint
 * has anything, one always starts, and an account's first one finds what is kept for it. Who does not fit is passed over, and told when it
 * has waited too long: what serves does not end by itself, so one that is too large would hold up all accounts. GPUs that the machine does
 * not have are the endpoint's to complain about.
 */
export function servingAdmissions(
  machine: Machine,
  freeBytes: number,
  { held, holders, queue }: Serving,
  jobs: readonly Share[],
  now: number,
): { readonly admitted: readonly Granted[]; readonly refused: readonly string[] } {
  const budget = budgetOf(machine, freeBytes)
  const whole = wholeOf(machine)
  const all = Math.min(budget.memoryBytes - total(jobs).memoryBytes, whole.memoryBytes * memoryTimes)
  const free = { memoryBytes: all - held.memoryBytes, gpus: budget.gpus - held.gpus - total(jobs).gpus }
  const reserved = whole.memoryBytes * firstTimes
  const holding = new Set(holders.map(({ arn }) => arn))
  const accounts = new Set(holders.map(({ account }) => account))
  const admitted: Granted[] = []
  const refused: string[] = []
  for (const { arn, account, instanceTypes, since } of queue) {
    const { memoryPart, wanted } = partOf(machine, instanceTypes)
    const hopeless = wanted.gpus > whole.gpus
    const isAlone = holding.size === 0 || (holding.size === 1 && holding.has(arn))
    const room = free.memoryBytes + (accounts.has(account) ? 0 : reserved)
    if (hopeless || (wanted.gpus <= free.gpus && (isAlone || wanted.memoryBytes <= room))) {
      admitted.push({ arn, memoryPart })
      if (hopeless) continue
      free.memoryBytes -= wanted.memoryBytes
      free.gpus -= wanted.gpus
      holding.add(arn)
      accounts.add(account)
    } else if (now - since >= longestWaitMs) refused.push(arn)
  }
  return { admitted, refused }
}
