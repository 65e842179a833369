import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import type { Duplex, Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { AGENT_PORT, type AgentStatus, SEALED } from './agent-wire.ts'

export interface AgentPlace {
  readonly address: string
  readonly podName: string
  /** Hexadecimal. */
  readonly key: string
}

const ANSWER_MS = 10_000

/** The server's end of the one way between it and a Pod. Whatever breaks is thrown, and may be asked again. */
export const createAgentClient = ({ address, podName, key }: AgentPlace) => {
  const sealed = {
    ...SEALED,
    // The key is what the other side proves to have; there is no certificate.
    pskCallback: () => ({ psk: Buffer.from(key, 'hex'), identity: podName }),
    checkServerIdentity: () => undefined,
  }
  const agent = new Agent({ ...sealed, keepAlive: true, maxSockets: 16 } as ConstructorParameters<typeof Agent>[0])

  const open = async (
    method: 'GET' | 'POST',
    path: string,
    options: { body?: AsyncIterable<Uint8Array>; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<IncomingMessage> => {
    const { body, headers, signal } = options
    const sent = request({
      ...{ host: address, port: AGENT_PORT, method, path, agent, headers },
      ...(signal && { signal }),
      ...sealed,
    } as RequestOptions)
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>
    answered.catch(() => undefined)
    // One that is answered before it was sent whole need not be: another server has brought the files.
    let isOver = false
    for (const event of ['error', 'response', 'close'])
      sent.on(event, () => {
        isOver = true
      })
    try {
      for await (const chunk of body ?? []) {
        if (isOver) break
        if (!sent.write(chunk)) await drained(sent)
      }
    } catch (error) {
      sent.destroy()
      throw error
    }
    sent.end()
    const [answer] = await answered
    // Whoever reads it hears of it.
    answer.on('error', () => undefined)
    if (answer.statusCode === 200) return answer
    const { problem } = (await json(answer)) as { problem?: string }
    throw new Error(`The agent of ${podName} refuses: ${problem}`)
  }
  const ask = async <T>(method: 'GET' | 'POST', path: string, signal = AbortSignal.timeout(ANSWER_MS)): Promise<T> =>
    (await json(await open(method, path, { signal }))) as T

  return {
    status: () => ask<AgentStatus>('GET', '/status'),
    /** Resolves when it is known whether the program has begun. */
    begun: (signal: AbortSignal) => ask<AgentStatus>('GET', '/begun', signal),
    stage: async (hosts: string, peers: readonly string[], body: AsyncIterable<Uint8Array>): Promise<AgentStatus> =>
      (await json(
        await open('POST', '/stage', { body, headers: { 'x-peers': JSON.stringify({ hosts, peers }) } }),
      )) as AgentStatus,
    peers: async (hosts: string, peers: readonly string[]) => {
      await json(await open('POST', '/peers', { headers: { 'x-peers': JSON.stringify({ hosts, peers }) } }))
    },
    /** SIGTERM now, and SIGKILL after so many seconds, which the agent counts; the sooner of two counts. */
    stop: (graceSeconds: number) => ask<object>('POST', `/stop?grace=${graceSeconds}`),
    peak: async () => (await ask<{ peak?: number }>('GET', '/peak')).peak,
    logs: async (from: number, signal: AbortSignal): Promise<{ from: number; records: Readable }> => {
      const answer = await open('GET', `/logs?from=${from}`, { signal })
      return { from: Number(answer.headers['x-from']), records: answer }
    },
    mount: async (index: number, since: number): Promise<{ mark: number; archive: Readable }> => {
      const answer = await open('GET', `/mount?index=${index}&since=${since}`)
      return { mark: Number(answer.headers['x-mark']), archive: answer }
    },
    paths: (index: number) => ask<string[]>('GET', `/paths?index=${index}`, AbortSignal.timeout(60_000)),
    /** Its files are back; of a Pod that is being deleted nobody waits for who has not begun to read its log. */
    collected: (isDeleted: boolean) => ask<object>('POST', `/collected?last=${isDeleted}`),
    /** It ends when the program has. */
    release: () => ask<object>('POST', '/release', AbortSignal.timeout(2_000)),
    /** Resolves with a visitor of the container's door; rejects when the way breaks. */
    visitor: async (signal: AbortSignal): Promise<Duplex> => {
      const sent = request({
        ...{ host: address, port: AGENT_PORT, path: '/door', agent: false, signal },
        ...{ headers: { connection: 'Upgrade', upgrade: 'door' }, ...sealed },
      } as RequestOptions)
      const failed = once(sent, 'error').then(([error]) => {
        throw error
      })
      failed.catch(() => undefined)
      sent.end()
      const upgraded = once(sent, 'upgrade') as Promise<[IncomingMessage, Duplex, Buffer]>
      upgraded.catch(() => undefined)
      const [, socket, head] = (await Promise.race([upgraded, failed])) as [IncomingMessage, Duplex, Buffer]
      if (head.length > 0) socket.unshift(head)
      return socket
    },
    close: () => agent.destroy(),
  }
}

/** Or answered or closed, which is told elsewhere. */
const drained = (sent: ClientRequest): Promise<void> =>
  new Promise(resolve => {
    const events = ['drain', 'response', 'close']
    const done = () => {
      for (const event of events) sent.off(event, done)
      resolve()
    }
    for (const event of events) sent.on(event, done)
  })

export type AgentClient = ReturnType<typeof createAgentClient>
