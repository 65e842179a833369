import type { Clock } from '../../src/ground/clock.ts'
import { currentLife, live } from './life.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly fire: () => void
}

/** So many timers fire at one time only when each sets the next. */
const mostAtOnce = 10_000

export interface VirtualClock extends Clock {
  /** Lets everything happen that is due until then, in order, waiting for what it sets going. Rejects when time stands still. `settle` resolves when nothing goes on. */
  runUntil(at: number, settle: () => Promise<void>): Promise<void>
  /** The machine's clock is set: what lasts goes on as it was. */
  step(ms: number): void
  /** Milliseconds since the start. */
  readonly passed: number
}

/** A clock that stands still until it is run: hours pass in milliseconds. Timers of a server that was killed never fire. */
export function createVirtualClock(start: number): VirtualClock {
  const timers: Timer[] = []
  let elapsed = 0
  let offset = start
  let order = 0

  function add(ms: number, callback: () => void): Timer {
    const life = currentLife()
    const fire = () => {
      if (!life) callback()
      else if (!life.dead) live(life, callback)
    }
    const timer = { at: elapsed + Math.max(0, ms), order: order++, fire }
    let place = timers.length
    while (place > 0 && later(timers[place - 1] as Timer, timer)) place--
    timers.splice(place, 0, timer)
    return timer
  }

  const remove = (timer: Timer): void => {
    const place = timers.indexOf(timer)
    if (place >= 0) timers.splice(place, 1)
  }

  return {
    get passed() {
      return elapsed
    },
    // As the machine's, in whole milliseconds, however short a delay was.
    now: () => Math.floor(offset + elapsed),
    elapsed: () => elapsed,
    step(ms) {
      offset += ms
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const onAbort = () => {
          remove(timer)
          reject(signal?.reason)
        }
        const timer = add(ms, () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        })
        signal?.addEventListener('abort', onAbort, { once: true })
      }),
    after(ms, callback) {
      const timer = add(ms, callback)
      return { [Symbol.dispose]: () => remove(timer) }
    },
    every(ms, callback) {
      let timer = add(ms, again)
      function again() {
        timer = add(ms, again)
        callback()
      }
      return { [Symbol.dispose]: () => remove(timer) }
    },
    async runUntil(at, settle) {
      await settle()
      for (let [next, same] = [timers[0], 0]; next && next.at <= at; next = timers[0]) {
        same = next.at === elapsed ? same + 1 : 0
        if (same > mostAtOnce) throw new Error(`time stands still at ${elapsed}`)
        timers.shift()
        elapsed = next.at
        next.fire()
        await settle()
      }
      elapsed = at
    },
  }
}

const later = (one: Timer, other: Timer): boolean =>
  one.at > other.at || (one.at === other.at && one.order > other.order)
