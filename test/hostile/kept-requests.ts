import { region } from '../../demo/clients.ts'
import type { Credentials } from '../../demo/server-process.ts'

interface Sent {
  readonly method: string
  readonly path: string
  readonly query?: Record<string, string>
  readonly headers: Record<string, string>
  readonly body?: string | Uint8Array
}

const textOf = (body: string | Uint8Array = ''): string =>
  typeof body === 'string' ? body : Buffer.from(body).toString('latin1')

/** What official clients would send, signed and kept instead of sent: the options of such clients, and what they were asked for. */
export function keptRequests(endpoint: string, credentials: Credentials) {
  const kept: string[] = []
  const handle = async ({ method, path, query = {}, headers, body }: Sent) => {
    const asked = new URLSearchParams(query).toString()
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    kept.push(`${method} ${path}${asked && `?${asked}`} HTTP/1.1\r\n${head.join('')}\r\n${textOf(body)}`)
    throw new Error('kept')
  }
  return {
    options: { endpoint, region, credentials, maxAttempts: 1, requestHandler: { handle } as never },
    /** Bytes as latin1 text, in the order of the calls' ends. */
    async of(calls: readonly Promise<unknown>[]): Promise<string[]> {
      await Promise.allSettled(calls)
      return kept.splice(0)
    },
  }
}
