/**
 * How long a work takes, and the longest that the process looks at nothing else meanwhile, by this thread's own time: what others on a
 * busy machine take is not the work's. `cpuMs` is the processor's time of all threads.
 */
export async function timedWithHold(
  work: () => Promise<unknown>,
): Promise<{ ms: number; cpuMs: number; heldMs: number }> {
  const used = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  let looked = used()
  let heldMs = 0
  let going = true
  const look = () => {
    const now = used()
    heldMs = Math.max(heldMs, now - looked)
    looked = now
    if (going) setImmediate(look)
  }
  const began = performance.now()
  const before = process.cpuUsage()
  setImmediate(look)
  await work()
  going = false
  look()
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - began, cpuMs: (user + system) / 1000, heldMs }
}
