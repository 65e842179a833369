import { extname } from 'node:path'
import { getCACertificates } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { type AddressOptions, createAddressRules } from './address-rules.ts'
import { AddressRefused, type OutgoingRequest, type Sent, Unanswered, Unreachable } from './outgoing-request.ts'
import { urlProblem, type WayOut } from './way-out.ts'
import type { ThreadAsk, ThreadData, ThreadReply } from './way-out-worker.ts'

interface Running {
  readonly worker: Worker
  /** What waits for a reply, or for the reason why there is none. */
  readonly waiting: Map<number, (sent: ThreadReply['sent'] | Error | 'untried') => void>
}

/**
 * The way out by a thread of its own, so that connections and their answers take no time of the main thread: it is started by the first request,
 * knows no database, and keeps no process alive but for an answer. Where it breaks, what was under way has failed for now, and the next
 * request starts another.
 */
export function createWayOutThread(options: AddressOptions): WayOut {
  const rules = createAddressRules(options)
  let running: Running | undefined
  let count = 0

  function start(): Running {
    const file = new URL(`./way-out-worker${extname(import.meta.url)}`, import.meta.url)
    // A thread knows of no authority that this one was told of.
    const workerData: ThreadData = { options, authorities: getCACertificates('default') }
    const worker = new Worker(file, { workerData })
    const started: Running = { worker, waiting: new Map() }
    worker.on('message', ({ id, sent }: ThreadReply) => started.waiting.get(id)?.(sent))
    worker.on('error', error => end(started, error))
    return started
  }

  function end(ended: Running, outcome: Error | 'untried'): void {
    if (running === ended) running = undefined
    for (const settle of ended.waiting.values()) settle(outcome)
    void ended.worker.terminate()
  }

  async function sendEach(requests: readonly OutgoingRequest[], signal: AbortSignal): Promise<readonly Sent[]> {
    if (signal.aborted || requests.length === 0) return requests.map(() => 'untried')
    running ??= start()
    const { worker, waiting } = running
    const id = count++
    const { promise, resolve } = Promise.withResolvers<readonly Sent[]>()
    const giveUp = () => worker.postMessage({ id } satisfies ThreadAsk)
    waiting.set(id, sent => {
      waiting.delete(id)
      if (waiting.size === 0) worker.unref()
      signal.removeEventListener('abort', giveUp)
      resolve(sent instanceof Error || sent === 'untried' ? requests.map(() => sent) : sent.map(sentOf))
    })
    worker.ref()
    signal.addEventListener('abort', giveUp)
    worker.postMessage({ id, requests } satisfies ThreadAsk)
    return promise
  }

  return {
    problem: text => urlProblem(rules, text),
    sendEach,
    async send(request, signal) {
      const [sent] = await sendEach([request], signal)
      if (sent instanceof Error) throw sent
      if (typeof sent === 'object') return sent
      throw signal.aborted ? signal.reason : new Error('The way out is closed')
    },
    close() {
      if (running) end(running, 'untried')
    },
  }
}

const troubles = { AddressRefused, Unreachable, Unanswered, Error }

const sentOf = (given: ThreadReply['sent'][number]): Sent =>
  typeof given === 'object' && 'trouble' in given ? new troubles[given.trouble](given.message) : given
