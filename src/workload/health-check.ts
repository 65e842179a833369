import { Agent, request } from 'undici'
import { clock } from '../ground/clock.ts'
import { connectionWords, plainText } from './plain-words.ts'

export interface PingHistory {
  readonly healthy: boolean
  /** What the last pings came to, oldest first: `connection refused after 3 ms`, `500 after 12 ms`. At most ten. */
  readonly attempts: readonly string[]
  readonly seconds: number
}

const pingTimeoutMs = 2000
const agent = new Agent({ connect: { timeout: 1000 }, keepAliveTimeout: 1000 })

/** One `GET /ping`: 200 within 2 s is healthy. Source: SageMaker Developer Guide, "Use Your Own Inference Code". */
export async function ping(address: string): Promise<{ healthy: boolean; outcome: string }> {
  const start = clock.elapsed()
  const spent = () => `${Math.round(clock.elapsed() - start)} ms`
  try {
    const response = await request(`${address}/ping`, { dispatcher: agent, signal: AbortSignal.timeout(pingTimeoutMs) })
    const body = await beginning(response.body)
    if (response.statusCode === 200) return { healthy: true, outcome: `200 after ${spent()}` }
    return {
      healthy: false,
      outcome: `${response.statusCode} after ${spent()}${body ? `: ${plainText(body).slice(0, 200)}` : ''}`,
    }
  } catch (error) {
    return { healthy: false, outcome: `${connectionWords(error)} after ${spent()}` }
  }
}

/** Enough of the answer to show. The container is not trusted to end it. */
async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of body) {
    text += chunk.toString('utf8', 0, 1024)
    if (text.length >= 1024) break
  }
  return text
}

/**
 * Pings until healthy, until `timeoutSeconds` are over, or until `ended` says that there is no one left to answer. The pause
 * grows from 20 ms to 1 s, so that a quick container is not kept waiting.
 */
export async function waitUntilHealthy(
  address: string,
  timeoutSeconds: number,
  ended: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<PingHistory> {
  const start = clock.elapsed()
  const attempts: string[] = []
  const seconds = () => (clock.elapsed() - start) / 1000
  for (let pause = 20; ; pause = Math.min(pause * 1.5, 1000)) {
    const { healthy, outcome } = await ping(address)
    attempts.push(outcome)
    if (attempts.length > 10) attempts.shift()
    if (healthy) return { healthy, attempts, seconds: seconds() }
    if (seconds() >= timeoutSeconds || (await ended())) return { healthy: false, attempts, seconds: seconds() }
    await clock.sleep(pause, signal)
  }
}
