import { setDefaultCACertificates } from 'node:tls'
import { parentPort, workerData } from 'node:worker_threads'
import type { AddressOptions } from './address-rules.ts'
import {
  AddressRefused,
  type OutgoingAnswer,
  type OutgoingRequest,
  type Sent,
  Unanswered,
  Unreachable,
} from './outgoing-request.ts'
import { createWayOut } from './way-out.ts'

/** What the thread is started with. */
export interface ThreadData {
  readonly options: AddressOptions
  /** Whose certificates are believed, PEM. */
  readonly authorities: readonly string[]
}

/** What `way-out-thread.ts` asks: to send, or to give up what waits for an answer. */
export interface ThreadAsk {
  readonly id: number
  readonly requests?: readonly OutgoingRequest[]
}

/** Classes do not pass between threads: their names do. */
interface Trouble {
  readonly trouble: 'AddressRefused' | 'Unreachable' | 'Unanswered' | 'Error'
  readonly message: string
}

export interface ThreadReply {
  readonly id: number
  readonly sent: readonly (OutgoingAnswer | Trouble | 'untried')[]
}

const { options, authorities } = workerData as ThreadData
setDefaultCACertificates(authorities)
const way = createWayOut(options)
const underWay = new Map<number, AbortController>()

async function send(id: number, requests: readonly OutgoingRequest[]): Promise<void> {
  const wanted = new AbortController()
  underWay.set(id, wanted)
  const sent = await way.sendEach(requests, wanted.signal)
  underWay.delete(id)
  parentPort?.postMessage({ id, sent: sent.map(tellable) } satisfies ThreadReply)
}

const tellable = (one: Sent): ThreadReply['sent'][number] =>
  one instanceof Error ? { trouble: troubleOf(one), message: one.message } : one

function troubleOf(error: Error): Trouble['trouble'] {
  if (error instanceof AddressRefused) return 'AddressRefused'
  if (error instanceof Unreachable) return 'Unreachable'
  return error instanceof Unanswered ? 'Unanswered' : 'Error'
}

parentPort?.on('message', ({ id, requests }: ThreadAsk) => {
  if (requests) void send(id, requests)
  else underWay.get(id)?.abort(new Error('given up'))
})
