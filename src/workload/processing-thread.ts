import { ServiceError } from '../ground/errors.ts'
import { sideThread } from '../ground/side-thread.ts'
import { createTurnstile } from '../ground/turnstile.ts'
import { createDataProcessing, type DataProcessing } from './data-processing.ts'
import type { Payload } from './payload.ts'
import type { ProcessingReply, ProcessingRequest } from './processing-worker.ts'
import type { TransformPlan } from './transform.ts'
import { refusedRecord } from './transform-record.ts'

/** As DataProcessing, beside the main thread where it would hold others up. */
export interface ThreadedProcessing {
  request(payload: Payload): Uint8Array | Promise<Uint8Array>
  output(payload: Payload, answer: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** Bytes that are filtered and joined at once, some milliseconds at most; taken apart they need thirty times as much memory. */
const mostAtOnce = 64 * 1024

const thread = sideThread<ProcessingRequest, ProcessingReply>('processing-worker', import.meta.url)
/** One at a time: what ends the thread ends nobody else's, and no more than one thread's memory is taken. */
const nextInThread = createTurnstile(1)
/** Of each account one waits for that, so that accounts take turns. */
const ofAccounts = new Map<string, ReturnType<typeof createTurnstile>>()

/**
 * The processing of a transform job of an account; undefined when it changes nothing. A record for which the thread has neither time nor memory
 * is refused as others are.
 */
export function createThreadedProcessing(plan: TransformPlan, account: string): ThreadedProcessing | undefined {
  const processing = createDataProcessing(plan)
  return processing && threaded(processing, plan, account)
}

function threaded(processing: DataProcessing, plan: TransformPlan, account: string): ThreadedProcessing {
  const next = ofAccounts.get(account) ?? createTurnstile(1)
  ofAccounts.set(account, next)
  const ask = (payload: Payload, answer?: Uint8Array) =>
    next(() => nextInThread(() => thread.ask(requestOf(plan, payload, answer)))).then(taken, error => {
      const words = `it cannot be filtered and joined within the memory and time that there are (${error.message})`
      throw refusedRecord(payload, `${words}; a smaller MaxPayloadInMB cuts it into more payloads`)
    })
  return {
    request: payload => (payload.body.byteLength <= mostAtOnce ? processing.request(payload) : ask(payload)),
    output: (payload, answer) =>
      payload.body.byteLength + answer.byteLength <= mostAtOnce
        ? processing.output(payload, answer)
        : ask(payload, answer),
  }
}

/** With bodies that are all of their memory: to hand over a part hands over all that it is a part of. */
const requestOf = (plan: TransformPlan, { first, last, body }: Payload, answer?: Uint8Array): ProcessingRequest => ({
  ...{ plan, payload: { first, last, body: new Uint8Array(body) } },
  ...(answer && { answer: new Uint8Array(answer) }),
})

function taken(reply: ProcessingReply): Uint8Array {
  if ('bytes' in reply) return reply.bytes
  throw new ServiceError('ClientError', reply.refused)
}
