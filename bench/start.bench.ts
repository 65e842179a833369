import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from '../demo/server-process.ts'
import type { Bench } from './bench.ts'
import { temporaryDirectory } from './place.ts'
import { processMemory } from './process-memory.ts'

const rounds = 5
const settleMs = 5000

/** From the start of the process to its `ready` line, on an empty data directory and on one in use; and what it holds when idle. */
export const startBench: Bench = {
  name: 'start',
  async run({ socket }) {
    const first: number[] = []
    const again: number[] = []
    const rss: number[] = []
    const pss: number[] = []
    for (let round = 0; round <= rounds; round++) {
      const place = await temporaryDirectory()
      const server = await startServer({ data: place.path, engineSocket: socket })
      if (round > 0) first.push(server.readyMs)
      await server.crash()
      if (round > 0) again.push(server.readyMs)
      if (round > rounds - 3) {
        await sleep(settleMs)
        const memory = await processMemory(server.pid)
        rss.push(memory.rssMiB)
        pss.push(memory.pssMiB)
      }
      await server.stop()
      await place.remove()
    }
    return [
      { work: 'Start to ready, empty data directory', unit: 'ms', ours: first, judged: 'value', atMost: 500 },
      { work: 'Start to ready after kill -9', unit: 'ms', ours: again, judged: 'value', atMost: 500 },
      { work: 'Idle memory, RSS 5 s after ready', unit: 'MiB', ours: rss, judged: 'value', atMost: 120 },
      { work: 'Idle memory, PSS 5 s after ready', unit: 'MiB', ours: pss, judged: 'value', atMost: 120 },
    ]
  },
}
