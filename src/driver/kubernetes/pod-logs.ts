import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerState, LogLine } from '../driver.ts'
import type { AgentClient } from './agent-client.ts'
import { offsetAt, recordedLines } from './agent-wire.ts'
import type { Pod } from './pod-types.ts'

export interface LoggedPod {
  readonly name: string
  podNamed(name: string): Promise<Pod | undefined>
  agentOf(pod: Pod): AgentClient | undefined
  observe(): Promise<ContainerState | undefined>
}

const AGAIN_MS = 100
/** Of an agent whose program has ended. */
const LAST_TRIES = 3

/**
 * What a Pod's program prints, from the agent, asked again from the last line after any break; ends when the program has ended and its
 * files are back too. Throws when there is no such Pod.
 */
export const podLogs = async function* (
  { name, podNamed, agentOf, observe }: LoggedPod,
  cursor: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  let offset = cursor === undefined ? 0 : offsetAt(cursor)
  let whole = false
  let failed = 0
  while (!signal.aborted) {
    const pod = await podNamed(name)
    if (!pod) throw new Error(`No such container: the Pod ${name} is not there`)
    const exited = (await observe())?.status === 'exited'
    if (whole && exited) return
    const agent = whole ? undefined : agentOf(pod)
    try {
      if (agent) {
        const { from, records } = await agent.logs(offset, signal)
        for await (const line of recordedLines(records, from)) {
          failed = 0
          offset = offsetAt(line.cursor)
          yield line
          if (signal.aborted) return
        }
        whole = true
        continue
      }
    } catch (error) {
      if (signal.aborted) return
      // Nobody is left who could be asked: what it printed went with its node.
      if (exited && ++failed >= LAST_TRIES) return void error
    }
    if (!agent && exited) return
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined)
  }
}
