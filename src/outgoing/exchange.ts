import type { Dispatcher } from 'undici'
import { type OutgoingAnswer, type OutgoingRequest, Unreachable } from './outgoing-request.ts'

/** SNS Developer Guide, "Fanout to HTTPS endpoints": an endpoint must answer within 15 seconds; of an answer, so much is kept. */
const usualCharacters = 1024
/** At most. */
const bytesOfACharacter = 4

/** What ends an exchange before its answer does. */
export interface Ending {
  readonly signal: AbortSignal
  /** Called when time is over. */
  readonly late: { end: (reason: Error) => void }
}

/**
 * Sends one request by a dispatcher and takes in its answer, as much of it as is wanted: the connection is given up when there is more. Rejects
 * with Unreachable where nobody took the request.
 */
export function exchange(
  by: Dispatcher,
  url: URL,
  { method, headers, body, mostCharacters = usualCharacters }: OutgoingRequest,
  { signal, late }: Ending,
): Promise<OutgoingAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<OutgoingAnswer>()
  const chunks: Buffer[] = []
  let [length, status, isOver] = [0, 0, false]
  let asked: Dispatcher.DispatchController | undefined

  const stop = () => end(signal.reason)
  const settle = () => {
    isOver = true
    signal.removeEventListener('abort', stop)
  }
  function end(reason: Error): void {
    if (isOver) return
    settle()
    reject(reason)
    asked?.abort(reason)
  }
  function answer(): void {
    settle()
    resolve({ status, text: Buffer.concat(chunks).toString('utf8').slice(0, mostCharacters) })
  }
  if (signal.aborted) {
    reject(signal.reason)
    return promise
  }
  late.end = end
  signal.addEventListener('abort', stop)
  const [origin, path] = [url.origin, url.pathname + url.search]
  by.dispatch(
    { origin, path, method: method as Dispatcher.HttpMethod, headers, body: Buffer.from(body) },
    {
      onRequestStart(controller) {
        asked = controller
        // Its end came before its connection did.
        if (isOver) controller.abort(new Error('given up'))
      },
      onResponseStart(_, code) {
        status = code
      },
      onResponseData(controller, chunk) {
        if (isOver) return
        chunks.push(chunk)
        length += chunk.length
        if (length <= mostCharacters * bytesOfACharacter) return
        answer()
        controller.abort(new Error('enough was read'))
      },
      onResponseEnd: () => void (isOver || answer()),
      onResponseError(_, error) {
        if (isOver) return
        settle()
        reject(asked || error instanceof Unreachable ? error : new Unreachable(error.message))
      },
    },
  )
  return promise
}
