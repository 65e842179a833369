import { setTimeout as wait } from 'node:timers/promises'

/** Where time comes from: the machine's clock, or that of a simulation. */
export interface Clock {
  /** Milliseconds since 1970. It may step, also backwards, as a machine's does when it is set. */
  now(): number
  /** Milliseconds of a clock that never steps: for what lasts. */
  elapsed(): number
  /** Resolves after so many milliseconds; rejects with the signal's reason as soon as that is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls back once, unless the timer is disposed before. It keeps no process alive. */
  after(ms: number, callback: () => void): Disposable
  /** Calls back again and again until it is disposed. It keeps no process alive. */
  every(ms: number, callback: () => void): Disposable
}

/** The machine's own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal }),
  after: (ms, callback) => timer(setTimeout(callback, ms), clearTimeout),
  every: (ms, callback) => timer(setInterval(callback, ms), clearInterval),
}

function timer(running: NodeJS.Timeout, clear: (timer: NodeJS.Timeout) => void): Disposable {
  running.unref()
  return { [Symbol.dispose]: () => clear(running) }
}

let current = systemClock

/** The clock that everything below the seams goes by; a test holds that nothing there asks the machine itself. */
export const clock: Clock = {
  now: () => current.now(),
  elapsed: () => current.elapsed(),
  sleep: (ms, signal) => current.sleep(ms, signal),
  after: (ms, callback) => current.after(ms, callback),
  every: (ms, callback) => current.every(ms, callback),
}

/** For simulations: another clock for the whole process, until it is disposed. */
export function useClock(other: Clock): Disposable {
  const before = current
  current = other
  return {
    [Symbol.dispose]() {
      current = before
    },
  }
}
