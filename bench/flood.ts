import { fork } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { load } from './load.ts'

export interface Flood {
  readonly requests: readonly Buffer[]
  readonly connections: number
  /** Asked again whatever it answers; otherwise each request is sent once. */
  readonly isRepeated: boolean
}

/**
 * Sends requests until it is told to end, from a process of the lowest priority: what is measured beside it waits for the server, not for
 * the processor that its own client would share with two hundred others. Resolves once some have been answered.
 */
export async function startFlood(url: string, { requests, ...flood }: Flood): Promise<{ end(): Promise<void> }> {
  const child = fork(new URL(import.meta.url), { serialization: 'advanced' })
  const ended = once(child, 'exit')
  child.send({ url, requests, ...flood })
  await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => Promise.reject(new Error(`a flood ended: ${code}`))),
  ])
  return {
    async end() {
      if (child.exitCode === null) child.kill()
      await ended
    },
  }
}

if (process.send && import.meta.filename === process.argv[1]) {
  setPriority(constants.priority.PRIORITY_LOW)
  const [{ url, requests, connections, isRepeated }] = (await once(process, 'message')) as [Flood & { url: string }]
  const wires = requests.map(request => Buffer.from(request))
  let told = false
  const accepts = (): boolean => {
    if (!told) process.send?.('begun')
    told = true
    return true
  }
  const count = isRepeated ? Number.POSITIVE_INFINITY : wires.length
  await load(url, { requests: wires, connections, count, accepts })
  process.exit()
}
