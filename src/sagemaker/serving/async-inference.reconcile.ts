import { clock } from '../../ground/clock.ts'
import { randomness } from '../../ground/randomness.ts'
import type { Reconciler, Wishes } from '../../reconcile/reconciler.ts'
import { retryDelayMs } from '../../reconcile/retry-delay.ts'
import { asyncBacklog, type Waiting } from '../../runtime/async-backlog.ts'
import type { Route, RoutingTable } from '../../runtime/routing-table.ts'
import { interruptible } from '../interruption.ts'
import {
  type AnswerParts,
  type AsyncAnswer,
  answerAsync,
  NoAnswer,
  outcomeOf as settledOutcome,
} from './async-answer.ts'
import { endExpired, expired, untilExpiry } from './async-expiry.ts'
import { AsyncFailure } from './async-failure.ts'
import { concurrencyOf } from './async-inference-config.ts'
import { settleAsync } from './async-settlement.ts'
import { createSlots, type Slot, type Slots } from './async-slots.ts'
import { type EndpointRow, endpoints } from './endpoint.ts'

const routeWaitMs = 10_000
/** A request may hold its input. */
const mostReadAtOnce = 50
/** A container that died is begun anew within seconds; after so many tries in half a minute it is told. */
const mostTries = 7
/** Of a request: what comes while others are answered is not too old before. Source: SageMaker Runtime API reference, InvokeEndpointAsync. */
const shortestTtlMs = 60_000
/** One whose variant has no instance any more is given to another. */
const againMs = 1000

/** A request that is being answered. */
interface Turn {
  readonly row: EndpointRow
  readonly waiting: Waiting
  readonly slots: Slots
  readonly signal: AbortSignal
}

/**
 * Answers what an asynchronous endpoint has accepted, in order, as many at once as its instances take. A request stays in the backlog
 * until its answer or its failure is written and told. Whoever comes after a crash asks anew, unless it was written: that is marked by the same commit.
 */
export function asyncInferenceReconciler(parts: AnswerParts & { readonly routes: RoutingTable }): Reconciler {
  const { platform, routes } = parts
  const { store } = platform

  return async (arn, signal, wishes) => {
    const unwanted = async () => isGone(await endpoints.get(store, arn))
    let after: number | undefined
    // What is left of an endpoint that is deleted goes with it.
    await interruptible(signal, wishes, unwanted, async until => {
      after = await drain(arn, until, wishes)
    })
    return after === undefined ? undefined : { after }
  }

  /**
   * Returns after how many milliseconds it is to be looked at again: soon when something was put back that others could answer. What waits while
   * there is no instance at all is asked for when there is one, which whoever brings it up says, or when it is too old.
   */
  async function drain(arn: string, signal: AbortSignal, wishes: Wishes | undefined): Promise<number | undefined> {
    const running = new Set<Promise<void>>()
    let putBack = false
    let trouble: { readonly error: unknown } | undefined
    let slots: Slots | undefined
    let last = 0
    let nextLook = 0
    let wished = Promise.withResolvers<void>()
    using _ = wishes?.on(() => wished.resolve())
    try {
      for (;;) {
        signal.throwIfAborted()
        const row = await endpoints.get(store, arn)
        if (!row?.live?.async) return undefined
        if (!trouble && clock.elapsed() >= nextLook) {
          const wait = await endExpired(platform, row, last, signal).catch(error => {
            trouble = { error }
          })
          nextLook = clock.elapsed() + Math.min(wait ?? shortestTtlMs, shortestTtlMs)
        }
        slots ??= createSlots(concurrencyOf(row.live.async))
        const route = await routeOf(row)
        const next = await asyncBacklog.next(store, arn, last, Math.min(slots.free(route), mostReadAtOnce))
        for (const waiting of next) {
          last = waiting.sequence
          const turn = answer({ row, waiting, slots, signal })
            .then(isSettled => {
              putBack ||= !isSettled
            })
            .catch(error => {
              trouble ??= { error }
            })
            .finally(() => running.delete(turn))
          running.add(turn)
        }
        if (next.length === mostReadAtOnce) continue
        if (running.size === 0 && next.length === 0) break
        using _old = clock.after(Math.max(0, nextLook - clock.elapsed()), wished.resolve)
        await Promise.race([...running, wished.promise])
        wished = Promise.withResolvers()
      }
    } finally {
      await Promise.all(running)
    }
    // Its own trouble: what could not be settled is tried again later.
    if (trouble) throw trouble.error
    return putBack ? againMs : untilExpiry(platform, arn, 0)
  }

  async function routeOf({ account, region, name }: EndpointRow): Promise<Route> {
    const route = routes.get(account, region, name) ?? (await routes.appear(account, region, name, routeWaitMs))
    if (!route) throw new Error(`endpoint ${name} has no instance in service yet`)
    return route
  }

  /** False for one that stays in the backlog: there is no instance for it. */
  async function answer(turn: Turn): Promise<boolean> {
    const { row, waiting, signal } = turn
    const began = clock.now()
    const slot = await slotFor(turn)
    if (!slot) return false
    try {
      const { settled } = waiting.invocation
      const outcome = settled ? settledOutcome(settled) : await outcomeOf(turn, slot)
      if (!outcome) return false
      await settleAsync(platform, { row, waiting, place: slot, began, signal }, outcome)
      return true
    } finally {
      slot.release()
    }
  }

  /** There is one, unless an instance has gone meanwhile; undefined when all have. */
  async function slotFor({ row, slots, signal }: Turn): Promise<Slot | undefined> {
    for (let tries = 0; ; tries++) {
      const route = await routeOf(row)
      const slot = slots.take(route, randomness.number())
      if (slot || route.variants.every(({ instances }) => instances.length === 0)) return slot
      await clock.sleep(retryDelayMs(tries), signal)
    }
  }

  /** Undefined when the instances of the slot's variant have gone. */
  async function outcomeOf(
    { row, waiting, signal }: Turn,
    slot: Slot,
  ): Promise<AsyncAnswer | AsyncFailure | undefined> {
    const { expires } = waiting.invocation
    for (let tries = 1; ; tries++) {
      if (clock.now() > expires) return expired()
      const asked = current(slot, await routeOf(row))
      if (!asked) return undefined
      // Whoever takes the instance away waits for this.
      const ended = routes.outstanding.begin(asked.instance)
      try {
        return await answerAsync(parts, row, waiting, asked, signal)
      } catch (error) {
        if (error instanceof AsyncFailure) return error
        if (!(error instanceof NoAnswer)) throw error
        if (tries === mostTries)
          return new AsyncFailure('InvocationFailures', `${error.message} It was asked ${tries} times.`)
      } finally {
        ended()
      }
      await clock.sleep(retryDelayMs(tries - 1), signal)
    }
  }
}

const isGone = (row: EndpointRow | undefined): boolean => !row || row.status === 'Deleting'

/** The slot's instance, or another of its variant when that one has been replaced; undefined when there is none any more. */
function current(slot: Slot, { variants }: Route): Slot | undefined {
  const instances = variants.find(({ name }) => name === slot.variant.name)?.instances ?? []
  const same = instances.find(({ logStream }) => logStream === slot.instance.logStream)
  const instance = same ?? instances[0]
  return instance && { ...slot, instance }
}
