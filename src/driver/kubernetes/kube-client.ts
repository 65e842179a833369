import { Agent, request } from 'undici'
import type { ClusterAccess } from './kube-config.ts'

/** The API server refused. `reason` is Kubernetes' word: NotFound, AlreadyExists, Forbidden, Invalid. */
export class KubeError extends Error {
  readonly status: number
  readonly reason: string
  constructor(what: string, status: number, reason: string, message: string) {
    super(`${what}: ${message || reason || status}`)
    this.name = 'KubeError'
    this.status = status
    this.reason = reason
  }
}

export interface KubeCall {
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  /** Of the body, when it is no JSON of an object. */
  readonly contentType?: string
  readonly signal?: AbortSignal
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: T
}

/** The few calls of the Kubernetes API that Pods need. */
export interface KubeClient {
  readonly namespace: string
  /** Throws KubeError for what is refused; another error when nobody answers. */
  call<T>(method: 'GET' | 'POST' | 'DELETE' | 'PATCH', path: string, call?: KubeCall): Promise<T>
  /** As `call`, and undefined for what is not there. */
  find<T>(method: 'GET' | 'DELETE' | 'PATCH', path: string, call?: KubeCall): Promise<T | undefined>
  watch<T>(path: string, call: KubeCall): AsyncGenerator<WatchEvent<T>>
  close(): Promise<void>
}

const CALL_MS = 30_000

export const createKubeClient = (access: ClusterAccess, namespace = access.namespace): KubeClient => {
  const { ca, cert, key, skipVerify } = access
  const dispatcher = new Agent({
    connect: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), rejectUnauthorized: !skipVerify },
    bodyTimeout: 0,
  })

  const send = async (method: string, path: string, { query, body, contentType, signal }: KubeCall) => {
    const url = new URL(path, access.server)
    for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) url.searchParams.set(name, value)
    const token = await access.token()
    const answer = await request(url, {
      ...{ dispatcher, method, headersTimeout: CALL_MS },
      headers: {
        accept: 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': contentType ?? 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
    if (answer.statusCode < 300) return answer
    const told = await answer.body.text()
    const { message = '', reason = '' } = statusIn(told)
    throw new KubeError(`${method} ${url.pathname}`, answer.statusCode, reason, message)
  }

  const call = async <T>(method: string, path: string, options: KubeCall = {}): Promise<T> => {
    const signal = options.signal ?? AbortSignal.timeout(CALL_MS)
    return (await (await send(method, path, { ...options, signal })).body.json()) as T
  }

  return {
    namespace,
    call,
    find: <T>(method: string, path: string, options?: KubeCall) =>
      call<T>(method, path, options).catch(error => {
        if (error instanceof KubeError && error.status === 404) return undefined
        throw error
      }),
    async *watch<T>(path: string, options: KubeCall) {
      const { body } = await send('GET', path, { ...options, query: { ...options.query, watch: 'true' } })
      let rest = ''
      const decoder = new TextDecoder()
      for await (const chunk of body) {
        const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) if (line) yield JSON.parse(line) as WatchEvent<T>
      }
    },
    close: () => dispatcher.destroy(),
  }
}

const statusIn = (text: string): { message?: string; reason?: string } => {
  try {
    return JSON.parse(text) as { message?: string; reason?: string }
  } catch {
    return { message: text.slice(0, 200) }
  }
}
