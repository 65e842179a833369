import type { Readable } from 'node:stream'
import { Agent, type Dispatcher, request } from 'undici'
import { at, type EnginePath } from './engine-path.ts'

/** The engine did not answer on its socket: not running, restarting, or no permission. Worth a retry. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable'

  constructor(socket: string, cause: unknown) {
    super(`The container engine does not answer on ${socket}: ${describe(cause)}`, { cause })
  }
}

/** The engine answered, and refused. `message` holds its own words. */
export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly status: number
  /** The engine's words alone, without the request that caused them. */
  readonly reason: string

  constructor(call: string, status: number, reason: string) {
    super(`${call} was refused by the container engine with ${status}: ${reason}`)
    this.status = status
    this.reason = reason
  }
}

interface EngineRequest {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: object | Readable
  readonly signal?: AbortSignal
  /** Further statuses that are no error; the caller tells them apart by `status`. */
  readonly accept?: readonly number[]
}

interface EngineResponse<T> {
  readonly status: number
  readonly body: T
}

export interface EngineClient {
  readonly socket: string
  /** A call with a short JSON answer; `body` is undefined when the engine sent none. */
  call<T>(method: Dispatcher.HttpMethod, path: EnginePath, options?: EngineRequest): Promise<EngineResponse<T>>
  /** A call that may take as long as it likes and whose answer is read as it arrives. */
  stream(method: Dispatcher.HttpMethod, path: EnginePath, options?: EngineRequest): Promise<Readable>
  /** Throws `EngineUnavailable` when a new connection is not answered: a daemon that shuts down goes on with those that it has. */
  answersAnew(): Promise<void>
  /** Whether the engine serves this path at all. */
  knows(path: EnginePath): Promise<boolean>
  close(): Promise<void>
}

/** The longest an engine may take over a short call: starting a container on a busy disk takes seconds, not minutes. */
const CALL_TIMEOUT_MS = 120_000

const API_VERSION = '/v1.41'

/**
 * A thin client of the Docker Engine API 1.41, which Docker 20.10 and Podman 4 both speak, over a unix socket.
 * Paths that name a version, such as Podman's own `/v4.0.0/libpod`, are taken as they are.
 */
export const createEngineClient = (socket: string): EngineClient => {
  const socketPath = socket.replace(/^unix:\/\//, '')
  if (!socketPath.startsWith('/'))
    throw new Error(`Not a unix socket: ${socket}. Give it as unix:///path/to/engine.sock`)
  // Streams live on connections of their own: logs and events that are followed must not hold up calls.
  const calls = new Agent({ connect: { socketPath }, connections: 16, headersTimeout: CALL_TIMEOUT_MS })
  const fresh = new Agent({ connect: { socketPath }, pipelining: 0, headersTimeout: CALL_TIMEOUT_MS })
  const streams = new Agent({ connect: { socketPath }, headersTimeout: 0, bodyTimeout: 0 })

  const send = async (agent: Agent, method: Dispatcher.HttpMethod, path: EnginePath, options: EngineRequest) => {
    try {
      const response = await request(urlOf(path, options.query), {
        dispatcher: agent,
        method,
        signal: options.signal,
        ...encode(options.body),
      })
      if (response.statusCode < 400 || options.accept?.includes(response.statusCode)) return response
      throw new EngineError(`${method} ${path}`, response.statusCode, reasonOf(await response.body.text()))
    } catch (error) {
      if (error instanceof EngineError || options.signal?.aborted || sourceFailed(options.body)) throw error
      throw new EngineUnavailable(socket, error)
    }
  }

  return {
    socket,
    call: async <T>(method: Dispatcher.HttpMethod, path: EnginePath, options: EngineRequest = {}) => {
      const response = await send(calls, method, path, options)
      const text = await response.body.text().catch(error => Promise.reject(new EngineUnavailable(socket, error)))
      return { status: response.statusCode, body: (text ? JSON.parse(text) : undefined) as T }
    },
    stream: async (method, path, options = {}) => (await send(streams, method, path, options)).body,
    answersAnew: async () => {
      const response = await send(fresh, 'GET', at`/_ping`, {})
      await response.body.dump()
    },
    knows: async path => {
      const response = await send(calls, 'GET', path, { accept: [404] })
      await response.body.dump()
      return response.statusCode === 200
    },
    close: async () => {
      await Promise.all([calls.destroy(), fresh.destroy(), streams.destroy()])
    },
  }
}

const urlOf = (path: EnginePath, query: EngineRequest['query'] = {}): string => {
  const url = new URL(/^\/v\d/.test(path) ? path : API_VERSION + path, 'http://engine')
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  return url.href
}

const isStream = (body: EngineRequest['body']): body is Readable => typeof (body as Readable)?.pipe === 'function'

const sourceFailed = (body: EngineRequest['body']): boolean => isStream(body) && body.errored !== null

const encode = (body: EngineRequest['body']) => {
  if (body === undefined) return {}
  if (isStream(body)) return { body, headers: { 'content-type': 'application/x-tar' } }
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

const reasonOf = (text: string): string => {
  try {
    const { message, cause } = JSON.parse(text) as { message?: string; cause?: string }
    // Podman answers most refusals with 500; its `cause` is what tells them apart.
    return cause && !message?.includes(cause) ? `${message}: ${cause}` : (message ?? text)
  } catch {
    return text.trim()
  }
}

const describe = (cause: unknown): string => (cause instanceof Error ? cause.message || cause.name : String(cause))
