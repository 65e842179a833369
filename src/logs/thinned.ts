/** Keeps at most so many of what is added, evenly chosen over all of it, in its order. */
export interface Thinned<Item> {
  add(item: Item): void
  /** What was kept, and how many there were. */
  take(): { readonly items: Item[]; readonly all: number }
}

/** Never holds more than twice `most`: whenever that is reached every other one goes, and only every other one comes from then on. */
export function thinned<Item>(most: number): Thinned<Item> {
  let kept: Item[] = []
  let [all, stride] = [0, 1]
  const halve = () => {
    kept = kept.filter((_, index) => index % 2 === 0)
    stride *= 2
  }
  return {
    add(item) {
      if (all % stride === 0) kept.push(item)
      all += 1
      if (kept.length >= 2 * most) halve()
    },
    take() {
      if (kept.length > most) halve()
      return { items: kept, all }
    },
  }
}
