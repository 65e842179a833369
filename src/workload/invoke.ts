import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { clock } from '../ground/clock.ts'
import { createJoiner } from '../ground/joiner.ts'
import type { MemoryClaim } from '../ground/memory-budget.ts'
import { AnswerTooLarge, mostAnswerBytes } from './answer-limit.ts'
import { type Answer, type Answered, type Invocation, isGood, type OpenAnswer } from './invocation.ts'

/** Calls model containers; connections are kept and reused. */
export interface Invoker {
  /**
   * `POST /invocations` at each address in turn, each with the answer of the one before. Rejects when there is no answer: with an
   * error named `TimeoutError` when the time of one call is over, with the signal's reason when that is aborted, with AnswerTooLarge, with
   * BodyRefused when there is no memory for the answer now.
   */
  invoke(
    addresses: readonly string[],
    invocation: Invocation,
    timeoutMs: number,
    signal?: AbortSignal,
    answered?: Answered,
  ): Promise<Answer>
  /**
   * The same, but the last container's answer is handed over as soon as its head is there, and not told. The time is that of the whole
   * answer.
   */
  open(
    addresses: readonly string[],
    invocation: Invocation,
    timeoutMs: number,
    signal?: AbortSignal,
    answered?: Answered,
  ): Promise<OpenAnswer>
  close(): Promise<void>
}

const usualPath = '/invocations'

/** One call of a container; rejects as `Invoker.invoke` does. */
export type Post = (origin: string, invocation: Invocation, bounds: PostBounds) => Promise<Answer>

export interface PostBounds {
  readonly timeoutMs: number
  /** Of the answer. */
  readonly mostBytes: number
  readonly signal?: AbortSignal | undefined
}

/** An invoker that takes answers of so many bytes at most. `quick` is asked first, and says with undefined that a call is not for it. */
export function createInvoker(
  mostBytes: number = mostAnswerBytes.realTime,
  quick: (...call: Parameters<Post>) => Promise<Answer> | undefined = () => undefined,
): Invoker {
  let made: Dispatcher | undefined
  const dispatcher = () => (made ??= createDispatcher())
  const invoker: Invoker = {
    async invoke(addresses, invocation, timeoutMs, signal, answered) {
      let answer: Answer | undefined
      for (const [index, address] of addresses.entries()) {
        const next = answer ? asNext(invocation, answer) : invocation
        const bounds = { timeoutMs, mostBytes, signal }
        answer = await (quick(address, next, bounds) ?? post(dispatcher(), address, next, bounds))
        if (!isGood(answer)) return answer
        await answered?.(index, answer)
      }
      return answer as Answer
    },
    async open(addresses, invocation, timeoutMs, signal, answered) {
      const [last, before] = [addresses.at(-1) as string, addresses.slice(0, -1)]
      const time = AbortSignal.timeout(timeoutMs)
      const either = signal ? AbortSignal.any([signal, time]) : time
      const answer =
        before.length > 0 ? await invoker.invoke(before, invocation, timeoutMs, either, answered) : undefined
      if (answer && !isGood(answer))
        return { ...answer, body: Readable.from([answer.body]), whole: async () => answer.body, leave: () => {} }
      return request(dispatcher(), last, answer ? asNext(invocation, answer) : invocation, {
        mostBytes,
        signal: either,
      })
    },
    // Not waited for: a container that has answered 101 would keep it for ever.
    async close() {
      void made?.destroy()
    },
  }
  return invoker
}

const require = createRequire(import.meta.url)

/** Loaded with the first call: who asks `quick` alone is spared its twelve megabytes. */
function createDispatcher(): Dispatcher {
  const { Agent } = require('undici') as typeof import('undici')
  // The containers are on this machine: connecting takes long only when there is no one.
  return new Agent({
    connect: { timeout: 2000 },
    keepAliveTimeout: 4000,
    pipelining: 1,
    bodyTimeout: 0,
    headersTimeout: 0,
  })
}

const asNext = (invocation: Invocation, { body, contentType }: Answer): Invocation => ({
  ...invocation,
  body,
  bodySize: undefined,
  contentType,
})

async function request(
  dispatcher: Dispatcher,
  origin: string,
  invocation: Invocation,
  { mostBytes, signal }: { mostBytes: number; signal: AbortSignal },
): Promise<OpenAnswer> {
  const { statusCode, headers, body } = await dispatcher.request({
    ...{ origin, path: invocation.path ?? usualPath, method: 'POST', signal },
    ...{ headers: headersOf(invocation), body: invocation.body },
  })
  const whole = async () => {
    const gathered = gathering(mostBytes, invocation.memory)
    for await (const chunk of body) gathered.add(chunk)
    return gathered.bytes()
  }
  // That it was ended is nobody's error.
  const leave = () => void body.on('error', () => {}).destroy()
  return { ...headOf(statusCode, headers), body, whole, leave }
}

/** Bytes; a block of 64 KiB for each of them would be most of what an invocation costs the collector. */
const smallAnswer = 1024

/** What a container answers, which may come byte by byte: each piece on its own would hold the memory of what it came with. */
export function gathering(mostBytes: number, memory?: MemoryClaim) {
  const pieces: Uint8Array[] = []
  const joiner = createJoiner(piece => pieces.push(piece), smallAnswer)
  let size = 0
  return {
    /** Throws AnswerTooLarge, or BodyRefused. */
    add(chunk: Uint8Array): void {
      size += chunk.byteLength
      if (size > mostBytes) throw new AnswerTooLarge("the container's answer", mostBytes)
      memory?.grow(chunk.byteLength)
      joiner.add(chunk)
    },
    bytes(): Uint8Array {
      joiner.end()
      return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
    },
  }
}

/** By `dispatch`, whose handler needs neither a stream nor composed signals: with `request` a call costs a third more processor time. */
function post(
  dispatcher: Dispatcher,
  origin: string,
  invocation: Invocation,
  { timeoutMs, mostBytes, signal }: PostBounds,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let ended: Error | undefined
    const end = (reason: Error) => {
      ended = reason
      controller?.abort(reason)
      settle()
      reject(reason)
    }
    const onAbort = () => end(signal?.reason)
    const timer = clock.after(timeoutMs, () =>
      end(new DOMException('The container did not answer in time.', 'TimeoutError')),
    )
    const settle = () => {
      timer[Symbol.dispose]()
      signal?.removeEventListener('abort', onAbort)
    }
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort)

    let head: Omit<Answer, 'body'> = { status: 0 }
    const gathered = gathering(mostBytes, invocation.memory)
    dispatcher.dispatch(
      {
        origin,
        path: invocation.path ?? usualPath,
        method: 'POST',
        headers: headersOf(invocation),
        body: invocation.body,
      },
      {
        onRequestStart(started) {
          controller = started
          if (ended) started.abort(ended)
        },
        onResponseStart(_, status, headers) {
          head = headOf(status, headers)
        },
        onResponseData(_, chunk) {
          if (ended) return
          try {
            gathered.add(chunk)
          } catch (error) {
            end(error as Error)
          }
        },
        onResponseEnd() {
          settle()
          resolve({ ...head, body: gathered.bytes() })
        },
        onResponseError(_, error) {
          settle()
          reject(error)
        },
      },
    )
  })
}

/** Names and values in turn. */
export function headersOf({
  body,
  bodySize,
  contentType,
  accept,
  customAttributes,
  targetModel,
  sessionId,
}: Invocation): string[] {
  const size = body instanceof Uint8Array ? body.byteLength : bodySize
  const headers = size === undefined ? [] : ['content-length', String(size)]
  if (contentType) headers.push('content-type', contentType)
  if (accept) headers.push('accept', accept)
  if (customAttributes) headers.push('x-amzn-sagemaker-custom-attributes', customAttributes)
  if (targetModel) headers.push('x-amzn-sagemaker-target-model', targetModel)
  if (sessionId) headers.push('x-amzn-sagemaker-session-id', sessionId)
  return headers
}

/** What an answer's head says to us. */
export function headOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Omit<Answer, 'body'> {
  const value = (name: string) => headers[name]?.toString()
  return {
    status,
    contentType: value('content-type'),
    customAttributes: value('x-amzn-sagemaker-custom-attributes'),
    metering: value('x-amzn-inference-metering'),
    // The second name is the one that AWS's large model containers use.
    newSession: value('x-amzn-sagemaker-new-session-id') ?? value('x-amzn-sagemaker-session-id'),
    closedSession: value('x-amzn-sagemaker-closed-session-id'),
  }
}
