import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import type { Duplex, Readable } from 'node:stream'
import { AGENT_PORT, type AgentStatus, SEALED } from './agent-wire.ts'

export interface AgentPlace {
  readonly address: string
  readonly podName: string
  /** Hexadecimal. */
  readonly key: string
  /** In tests. */
  readonly silenceMs?: number
}

const ANSWER_MS = 10_000
/**
 * In which no byte goes either way: somebody stands still, and is asked again. An agent looks through a million files, the most that a job may
 * leave, in less than one of these two minutes before it sends the first; who waits for a log that nothing is printed to asks again too.
 */
const SILENCE_MS = 120_000
const MOST_ANSWER_BYTES = 1 << 20
/** A million of paths of a usual length. */
const MOST_PATHS_BYTES = 256 << 20

/** The server's end of the one way between it and a Pod. Whatever breaks is thrown, and may be asked again. */
export const createAgentClient = ({ address, podName, key, silenceMs = SILENCE_MS }: AgentPlace) => {
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
    let answer: IncomingMessage | undefined
    sent.setTimeout(silenceMs, () => {
      const error = new Error(`The agent of ${podName} has stood still for ${silenceMs / 1000} seconds`)
      answer?.destroy(error)
      sent.destroy(error)
    })
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
    ;[answer] = await answered
    // Whoever reads it hears of it.
    answer.on('error', () => undefined)
    if (answer.statusCode === 200) return answer
    const { problem } = (await smallJson(answer)) as { problem?: unknown }
    throw new Error(`The agent of ${podName} refuses: ${String(problem).slice(0, 1000)}`)
  }
  const ask = async (method: 'GET' | 'POST', path: string, signal = AbortSignal.timeout(ANSWER_MS)): Promise<unknown> =>
    smallJson(await open(method, path, { signal }))

  return {
    status: async () => statusIn(await ask('GET', '/status')),
    /** Resolves when it is known whether the program has begun. */
    begun: async (signal: AbortSignal) => statusIn(await ask('GET', '/begun', signal)),
    stage: async (hosts: string, peers: readonly string[], body: AsyncIterable<Uint8Array>): Promise<AgentStatus> =>
      statusIn(
        await smallJson(
          await open('POST', '/stage', { body, headers: { 'x-peers': JSON.stringify({ hosts, peers }) } }),
        ),
      ),
    peers: async (hosts: string, peers: readonly string[]) => {
      await smallJson(await open('POST', '/peers', { headers: { 'x-peers': JSON.stringify({ hosts, peers }) } }))
    },
    /** SIGTERM now, and SIGKILL after so many seconds, which the agent counts; the sooner of two counts. */
    stop: (graceSeconds: number) => ask('POST', `/stop?grace=${graceSeconds}`),
    peak: async () => {
      const { peak } = (await ask('GET', '/peak')) as { peak?: unknown }
      return Number.isSafeInteger(peak) && (peak as number) >= 0 ? (peak as number) : undefined
    },
    logs: async (from: number, signal: AbortSignal): Promise<{ from: number; records: Readable }> => {
      const answer = await open('GET', `/logs?from=${from}`, { signal })
      const begins = Number(answer.headers['x-from'])
      // What is before it has been read, and what is dropped is never more than there can be.
      if (Number.isSafeInteger(begins) && begins >= from) return { from: begins, records: answer }
      answer.destroy()
      throw new Error(`The agent of ${podName} begins its log where nobody asked`)
    },
    mount: async (index: number, since: number): Promise<{ mark: number; archive: Readable }> => {
      const answer = await open('GET', `/mount?index=${index}&since=${since}`)
      return { mark: Number(answer.headers['x-mark']) || 0, archive: answer }
    },
    paths: async (index: number): Promise<ReadonlySet<string>> => {
      const paths = await smallJson(await open('GET', `/paths?index=${index}`), MOST_PATHS_BYTES)
      if (Array.isArray(paths)) return new Set(paths)
      throw new Error(`The agent of ${podName} names no paths`)
    },
    /** Its files are back; of a Pod that is being deleted nobody waits for who has not begun to read its log. */
    collected: (isDeleted: boolean) => ask('POST', `/collected?last=${isDeleted}`),
    /** It ends when the program has. */
    release: () => ask('POST', '/release', AbortSignal.timeout(2_000)),
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

/** Of no more bytes. */
const smallJson = async (answer: IncomingMessage, most = MOST_ANSWER_BYTES): Promise<unknown> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > most) throw new Error(`The agent answers with more than ${most} bytes`)
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString())
}

const statusIn = (answer: unknown): AgentStatus => {
  const { open, ended, begun, door, unstarted } = Object(answer)
  const is = (word: unknown) => word === true
  const code = unstarted === undefined ? {} : { unstarted: unstarted === 126 ? 126 : 127 }
  return { open: is(open), ended: is(ended), begun: is(begun), door: is(door), ...code }
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
