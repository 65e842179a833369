import { parentPort } from 'node:worker_threads'
import { freeChunk } from '../ground/body.ts'
import { type ChecksumAlgorithm, createChecksum } from './checksum.ts'

/** What `hash-thread.ts` asks for one body: to begin, to take chunks, and to end with or without an answer. */
export type HashRequest =
  | { readonly id: number; readonly begin: readonly ChecksumAlgorithm[] }
  | { readonly id: number; readonly chunks: readonly Uint8Array[] }
  | { readonly id: number; readonly end: 'answer' | 'discard' }

/** How many bytes were taken, or the sums in base64. */
export type HashReply =
  | { readonly id: number; readonly taken: number }
  | { readonly id: number; readonly values: ReadonlyMap<ChecksumAlgorithm, string> }

type Running = readonly (readonly [ChecksumAlgorithm, ReturnType<typeof createChecksum>])[]

const bodies = new Map<number, Running>()
const reply = (message: HashReply): void => parentPort?.postMessage(message)

function take(running: Running, chunks: readonly Uint8Array[]): number {
  let taken = 0
  for (const chunk of chunks) {
    for (const [, sum] of running) sum.update(chunk)
    taken += chunk.length
    freeChunk(chunk)
  }
  return taken
}

parentPort?.on('message', (request: HashRequest) => {
  const { id } = request
  if ('begin' in request) {
    bodies.set(
      id,
      request.begin.map(algorithm => [algorithm, createChecksum(algorithm)]),
    )
    return
  }
  const running = bodies.get(id) ?? []
  if ('chunks' in request) return reply({ id, taken: take(running, request.chunks) })
  bodies.delete(id)
  if (request.end === 'answer') reply({ id, values: new Map(running.map(([name, sum]) => [name, sum.value()])) })
})
