/** Keeps at most so many of what is added, evenly chosen over all of it, in its order. */
export interface Thinned<Item> {
  add(item: Item): void
  /** What was kept, and how many there were. */
  take(): { readonly items: Item[]; readonly all: number }
}

/** How much all that is kept may weigh; one item is kept whatever it weighs. */
export interface MostWeight<Item> {
  readonly most: number
  of(item: Item): number
}

/**
 * Never holds more than twice `most`, nor more than `weight` and an item: whenever that is reached every other one goes, and only every other one comes
 * from then on.
 */
export function thinned<Item>(most: number, weight?: MostWeight<Item>): Thinned<Item> {
  let kept: Item[] = []
  let [all, stride, held] = [0, 1, 0]
  const weigh = (item: Item): number => weight?.of(item) ?? 0
  const isHeavy = () => weight !== undefined && held > weight.most && kept.length > 1
  const halve = () => {
    kept = kept.filter((_, index) => index % 2 === 0)
    held = kept.reduce((sum, item) => sum + weigh(item), 0)
    stride *= 2
  }
  return {
    add(item) {
      if (all % stride === 0) {
        kept.push(item)
        held += weigh(item)
      }
      all += 1
      while (kept.length >= 2 * most || isHeavy()) halve()
    },
    take() {
      if (kept.length > most) halve()
      return { items: kept, all }
    },
  }
}
