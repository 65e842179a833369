/** A wish that may be worked on now. */
export interface DueWish {
  readonly kind: string
  readonly key: string
  readonly owner: string
  readonly generation: number
  readonly attempts: number
  /** Milliseconds. */
  readonly due: number
}

/** An owner has at most so many times of what is left free: however much it asks for, the next one finds a place at once. */
const timesFree = 4

/**
 * Which of these go next, in their order: always the oldest of the owner of which the fewest are being worked on. `held`: how many these are by
 * now. Who has four times what is left free waits, so that there always is a place for others; alone it has four fifths of all.
 */
export function inTurns(
  wishes: readonly DueWish[],
  { free, held }: { readonly free: number; readonly held: ReadonlyMap<string, number> },
): DueWish[] {
  const waiting = Map.groupBy(
    wishes.toSorted((a, b) => a.due - b.due),
    ({ owner }) => owner,
  )
  const count = new Map(held)
  const having = (owner: string) => count.get(owner) ?? 0
  const turns: DueWish[] = []
  while (turns.length < free) {
    const left = free - turns.length
    const next = [...waiting]
      .filter(([owner, list]) => list.length > 0 && having(owner) < timesFree * left)
      .reduce<DueWish | undefined>((best, [, [first]]) => {
        if (!first || !best) return first ?? best
        return having(first.owner) - having(best.owner) < 0 ? first : best
      }, undefined)
    if (!next) break
    waiting.get(next.owner)?.shift()
    count.set(next.owner, having(next.owner) + 1)
    turns.push(next)
  }
  return turns
}
