import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { BodySums, SumValues } from './body-sums.ts'
import type { ChecksumAlgorithm } from './checksum.ts'
import type { HashReply, HashRequest } from './hash-worker.ts'

/** Bytes of one message to the thread, and the most of one body that may wait there. */
const messageSize = 512 << 10
const mostWaiting = 2 << 20

interface Body {
  takenBy(bytes: number): void
  resolve(values: SumValues): void
  reject(error: Error): void
}

interface Thread {
  readonly worker: Worker
  readonly bodies: Map<number, Body>
}

let thread: Thread | undefined
let bodyCount = 0

/**
 * Computes the sums of large bodies beside the main thread, which meanwhile receives and writes. Chunks are handed over when
 * they are released; only one that shares its buffer with others is copied.
 */
export function threadSums(algorithms: readonly ChecksumAlgorithm[]): BodySums {
  thread ??= startThread()
  const { worker, bodies } = thread
  const id = bodyCount++
  const { promise, resolve, reject } = Promise.withResolvers<SumValues>()
  promise.catch(() => {})
  let batch: Uint8Array[] = []
  let batchBytes = 0
  let waiting = 0
  let room = Promise.withResolvers<void>()
  const ask = (request: HashRequest, transfer: ArrayBuffer[] = []): void => worker.postMessage(request, transfer)

  function send(): void {
    ask(
      { id, chunks: batch },
      batch.map(chunk => chunk.buffer as ArrayBuffer),
    )
    waiting += batchBytes
    batch = []
    batchBytes = 0
  }

  const takenBy = (bytes: number): void => {
    waiting -= bytes
    room.resolve()
  }
  const ended = (): void => {
    bodies.delete(id)
    if (bodies.size === 0) worker.unref()
    room.resolve()
  }
  bodies.set(id, {
    takenBy,
    resolve(values) {
      ended()
      resolve(values)
    },
    reject(error) {
      ended()
      reject(error)
    },
  })
  worker.ref()
  ask({ id, begin: algorithms })

  return {
    async update() {
      while (waiting > mostWaiting && bodies.has(id)) {
        room = Promise.withResolvers()
        await room.promise
      }
    },
    release(chunk) {
      const whole = chunk.length === chunk.buffer.byteLength && chunk.buffer instanceof ArrayBuffer
      batch.push(whole ? chunk : new Uint8Array(chunk))
      batchBytes += chunk.length
      if (batchBytes >= messageSize) send()
    },
    values() {
      if (batchBytes > 0) send()
      ask({ id, end: 'answer' })
      return promise
    },
    discard() {
      if (!bodies.has(id)) return
      ask({ id, end: 'discard' })
      ended()
    },
  }
}

function startThread(): Thread {
  // Compiled, the worker lies beside this file as well, under the same ending.
  const worker = new Worker(new URL(`./hash-worker${extname(import.meta.url)}`, import.meta.url))
  const bodies = new Map<number, Body>()
  worker.on('message', (reply: HashReply) => {
    const body = bodies.get(reply.id)
    if ('taken' in reply) body?.takenBy(reply.taken)
    else body?.resolve(reply.values)
  })
  worker.on('error', cause => {
    thread = undefined
    for (const body of bodies.values()) body.reject(new Error('The thread that computes checksums broke', { cause }))
  })
  return { worker, bodies }
}
