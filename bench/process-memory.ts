import { readFile } from 'node:fs/promises'

export interface ProcessMemory {
  readonly rssMiB: number
  /** Pages that several processes share count by their share. */
  readonly pssMiB: number
  /** Its own, without the files that it has mapped. */
  readonly anonymousMiB: number
}

/** Memory of a process as Linux tells it. */
export async function processMemory(pid: number): Promise<ProcessMemory> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const mebibytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1]) / 1024
  return { rssMiB: mebibytes('Rss'), pssMiB: mebibytes('Pss'), anonymousMiB: mebibytes('Anonymous') }
}

/** The most that a process holds while a work is done, looked at every 50 ms. */
export async function peakRssMiB(pid: number, work: () => Promise<unknown>): Promise<number> {
  let peak = (await processMemory(pid)).rssMiB
  const look = async () => {
    peak = Math.max(peak, (await processMemory(pid)).rssMiB)
  }
  const timer = setInterval(look, 50)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return peak
}
