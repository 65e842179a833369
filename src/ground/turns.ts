import { clock } from './clock.ts'

/** Who may have the main thread next, when many want it. */
export interface Turns {
  /**
   * Undefined when the holder may go on at once, else a promise of its turn. What follows is the holder's until it waits for something
   * else.
   */
  take(holder: string): Promise<void> | undefined
  /** How many wait. */
  waiting(): number
}

/**
 * Milliseconds that are worked before the process looks at what has arrived; a longer piece of work is never cut. Some two requests: to
 * look costs a twentieth of that.
 */
const sliceMs = 0.25
/**
 * How many for whom nothing waits go on at once in a slice, however much of it is used: who asks one thing asks for three turns, and would
 * wait for three slices of others. More of them wait like the rest, since a stranger may take any number of names.
 */
const mostAtOnce = 4

/**
 * Lets holders go on one after the other, so that who asks two hundred things at once waits for them, and whoever asks one thing waits
 * for one piece of work of each other holder. As long as there is time for all, nobody waits.
 */
export function createTurns(): Turns {
  /** What waits, by holder; the first holder's first is next. */
  const queues = new Map<string, (() => void)[]>()
  let waiting = 0
  let isOpen = false
  let until = 0
  let atOnce = 0

  function openSlice(): void {
    isOpen = true
    until = clock.elapsed() + sliceMs
    atOnce = 0
    // Between two slices the process takes in what has arrived.
    setImmediate(() => {
      isOpen = false
      if (waiting === 0) return
      openSlice()
      goOn()
    })
  }

  function goOn(): void {
    const [next] = queues
    if (!next) return
    const [holder, queue] = next
    queues.delete(holder)
    const resume = queue.shift()
    if (queue.length > 0) queues.set(holder, queue)
    waiting--
    resume?.()
    // After all that the one who was resumed does before it waits, and whoever reads its stream.
    afterwards(() => clock.elapsed() < until && goOn())
  }

  return {
    take(holder) {
      if (!isOpen) openSlice()
      const queue = queues.get(holder)
      if (!queue && atOnce++ < mostAtOnce) return undefined
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting++
      if (queue) queue.push(resolve)
      else queues.set(holder, [resolve])
      return promise
    },
    waiting: () => waiting,
  }
}

const afterwards = (work: () => void): void => queueMicrotask(() => process.nextTick(work))

/** The process's own: requests take turns by account, and what is due by itself is one holder more. */
export const turns = createTurns()
