import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Linux counts in hundredths of a second. */
const tickMs = 10

/** Time of the processors that a process has used. */
export async function processMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

/** Resolves when a process has hardly used a processor for half a second. */
export async function rested(pid: number): Promise<void> {
  for (let before = await processMs(pid); ; ) {
    await sleep(500)
    const now = await processMs(pid)
    if (now - before < 5 * tickMs) return
    before = now
  }
}
