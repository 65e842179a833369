/** Which listings hold a word, and how much it says about each. Listings are numbers, in rising order. */
export interface Postings {
  readonly count: number
  each(visit: (listing: number, weight: number) => void): void
}

/** All words: those read when the index was made lie packed in two arrays, those of later changes beside them. */
export interface PostingLists {
  /** In the order of words, then of listings. */
  load(term: string, listing: number, weight: number): void
  add(term: string, listing: number, weight: number): void
  of(term: string): Postings
}

export function createPostingLists(): PostingLists {
  const starts = new Map<string, number>()
  const ends = new Map<string, number>()
  let listings = new Int32Array(1 << 16)
  let weights = new Int32Array(1 << 16)
  let size = 0
  const later = new Map<string, number[]>()
  return {
    load(term, listing, weight) {
      if (size === listings.length) {
        listings = grown(listings)
        weights = grown(weights)
      }
      if (!starts.has(term)) starts.set(term, size)
      listings[size] = listing
      weights[size] = weight
      ends.set(term, ++size)
    },
    add(term, listing, weight) {
      const list = later.get(term)
      if (list) list.push(listing, weight)
      else later.set(term, [listing, weight])
    },
    of(term) {
      const start = starts.get(term) ?? 0
      const end = ends.get(term) ?? 0
      const added = later.get(term) ?? []
      return {
        count: end - start + added.length / 2,
        each(visit) {
          for (let at = start; at < end; at++) visit(listings[at] as number, weights[at] as number)
          for (let at = 0; at < added.length; at += 2) visit(added[at] as number, added[at + 1] as number)
        },
      }
    },
  }
}

/** The same numbers with room for as many more. */
export function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}
