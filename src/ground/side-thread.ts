import { extname } from 'node:path'
import { parentPort, Worker } from 'node:worker_threads'
import { clock } from './clock.ts'

/** A thread beside the main one that answers requests, one after another. It is started by its first request and keeps no process alive. */
export interface SideThread<Request, Reply> {
  /** Rejects with the Error of the answerer, or with one that says that the thread broke or took too long; the next request starts another. */
  ask(request: Request): Promise<Reply>
  /** Counts the threads that were started: what the answerer keeps is gone with its thread. */
  readonly generation: number
}

/** Megabytes that the thread's own heap may take: what needs more ends the thread, not the server. */
const memory = { maxOldGenerationSizeMb: 256 }
/** Milliseconds that one answer may take, when the answerer has no bound of its own that is kept. */
const patienceMs = 20_000

interface Running<Reply> {
  readonly worker: Worker
  readonly waiting: Map<number, { resolve(reply: Reply): void; reject(error: Error): void }>
}

interface Answer<Reply> {
  readonly id: number
  readonly reply?: Reply
  readonly error?: Error
}

/** `name` is the answerer's file without its ending, beside the caller's (`import.meta.url`). */
export function sideThread<Request, Reply>(name: string, beside: string): SideThread<Request, Reply> {
  const file = new URL(`./${name}${extname(beside)}`, beside)
  let running: Running<Reply> | undefined
  let generation = 0
  let count = 0

  function start(): Running<Reply> {
    generation++
    const started: Running<Reply> = { worker: new Worker(file, { resourceLimits: memory }), waiting: new Map() }
    const { worker, waiting } = started
    worker.on('message', ({ id, reply, error }: Answer<Reply>) => {
      const one = waiting.get(id)
      waiting.delete(id)
      if (waiting.size === 0) worker.unref()
      if (error) one?.reject(error)
      else one?.resolve(reply as Reply)
    })
    worker.on('error', error => end(started, error))
    return started
  }

  function end(ended: Running<Reply>, error: Error): void {
    if (running === ended) running = undefined
    for (const { reject } of ended.waiting.values()) reject(error)
    ended.waiting.clear()
    void ended.worker.terminate()
  }

  return {
    get generation() {
      return generation
    },
    async ask(request) {
      running ??= start()
      const asked = running
      const id = count++
      const { promise, resolve, reject } = Promise.withResolvers<Reply>()
      asked.waiting.set(id, { resolve, reject })
      asked.worker.ref()
      asked.worker.postMessage({ id, request })
      using _ = clock.after(patienceMs, () =>
        end(asked, new Error(`The thread took longer than ${patienceMs / 1000} s`)),
      )
      return await promise
    },
  }
}

/** What an answerer's file calls. A thrown error goes to who asked, with its own properties. */
export function answer<Request, Reply>(work: (request: Request) => Reply): void {
  const port = parentPort
  port?.on('message', ({ id, request }: { id: number; request: Request }) => {
    try {
      port.postMessage({ id, reply: work(request) })
    } catch (error) {
      port.postMessage({ id, error })
    }
  })
}
