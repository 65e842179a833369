/** Works on as many items at once as there are slots and yields the results in the order of the items. */
export async function* inOrder<Item, Result>(
  items: AsyncGenerator<Item>,
  work: (item: Item) => Promise<Result>,
  slots: Slots,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = []
  try {
    for (;;) {
      // Others may hold every slot; waiting for one without giving back its own would be waiting for ever.
      if (pending.length === 0) await slots.take()
      else if (!slots.tryTake()) {
        yield await (pending[0] as Promise<Result>)
        pending.shift()
        slots.give()
        continue
      }
      const next = await items.next().catch((error: Error) => error)
      if (next instanceof Error || next.done) slots.give()
      if (next instanceof Error) throw next
      if (next.done) break
      const result = work(next.value)
      result.catch(() => {})
      pending.push(result)
    }
    for (; pending.length > 0; pending.shift(), slots.give()) yield await (pending[0] as Promise<Result>)
  } finally {
    for (const _ of pending) slots.give()
    await items.return(undefined)
  }
}

/** So many may hold one at a time; the others wait in turn. */
export interface Slots {
  take(): Promise<void>
  tryTake(): boolean
  give(): void
  run<T>(work: () => Promise<T>): Promise<T>
}

export function createSlots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  const slots: Slots = {
    tryTake: () => free > 0 && free-- > 0,
    async take() {
      if (!slots.tryTake()) await new Promise<void>(resolve => waiting.push(resolve))
    },
    give() {
      const next = waiting.shift()
      if (next) next()
      else free++
    },
    async run(work) {
      if (!slots.tryTake()) await slots.take()
      try {
        return await work()
      } finally {
        slots.give()
      }
    },
  }
  return slots
}
