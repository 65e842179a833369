import { clock } from './clock.ts'

/** Who may have the main thread next, when many want it. */
export interface Turns {
  /**
   * Undefined when the holder may go on at once, else a promise of its turn. What follows is the holder's until it waits for something
   * else.
   */
  take(holder: string): Promise<void> | undefined
  /**
   * The same for what has begun and holds something meanwhile, as a part of an answer. When much of a holder's has begun, that comes
   * before what has not.
   */
  takeAgain(holder: string): Promise<void> | undefined
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
 * With so many of a holder's begun and waiting, no more begin but for one turn in `begins`: what two hundred have read for their answers would be copied by
 * every collection of garbage, for as long as that takes, while everybody waits. With few, small requests go between the pieces of large ones.
 */
const mostBegun = 8
const begins = 16

/** What waits of one holder, each in the order of its coming. */
interface Queue {
  readonly fresh: (() => void)[]
  readonly begun: (() => void)[]
  turn: number
}

function nextOf(queue: Queue): (() => void) | undefined {
  const { fresh, begun } = queue
  queue.turn = (queue.turn + 1) % begins
  // Else they alternate.
  const isBegun = begun.length > mostBegun ? queue.turn > 0 : queue.turn % 2 === 0
  return (isBegun ? begun.shift() : fresh.shift()) ?? begun.shift() ?? fresh.shift()
}

/**
 * Lets holders go on one after the other, so that who asks two hundred things at once waits for them, and whoever asks one thing waits
 * for one piece of work of each other holder. As long as there is time for all, nobody waits.
 */
export function createTurns(): Turns {
  /** What waits, by holder; the first holder's first is next. */
  const queues = new Map<string, Queue>()
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
    const resume = nextOf(queue)
    if (queue.fresh.length + queue.begun.length > 0) queues.set(holder, queue)
    waiting--
    resume?.()
    // After all that the one who was resumed does before it waits, and whoever reads its stream.
    afterwards(() => clock.elapsed() < until && goOn())
  }

  function take(holder: string, which: 'fresh' | 'begun'): Promise<void> | undefined {
    if (!isOpen) openSlice()
    const queue = queues.get(holder) ?? { fresh: [], begun: [], turn: 0 }
    if (!queues.has(holder) && atOnce++ < mostAtOnce) return undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting++
    queue[which].push(resolve)
    queues.set(holder, queue)
    return promise
  }

  return {
    take: holder => take(holder, 'fresh'),
    takeAgain: holder => take(holder, 'begun'),
    waiting: () => waiting,
  }
}

const afterwards = (work: () => void): void => queueMicrotask(() => process.nextTick(work))

/** The process's own: requests take turns by account, and what is due by itself is one holder more. */
export const turns = createTurns()
