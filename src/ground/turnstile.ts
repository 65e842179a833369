/** Lets so many works go on at a time; the others wait in the order in which they came. */
export function createTurnstile(places: number): <Value>(work: () => Promise<Value>) => Promise<Value> {
  const waiting: (() => void)[] = []
  let free = places

  async function enter(): Promise<void> {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
  }

  /** Who leaves gives the place to who has waited longest. */
  function leave(): void {
    const next = waiting.shift()
    if (next) next()
    else free++
  }

  return async work => {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
