/**
 * Carries one resource towards its final state. It gets nothing but the key: it reads the row, looks at the world, does what is
 * next and may be called again at any time, also after a crash in the middle. It returns when there is nothing left to do, says
 * after how many milliseconds it wants to look again, or throws, which is tried again with a growing delay.
 */
export type Reconciler = (
  key: string,
  /** Ends the work when the server stops, or was given up for dead: another may be at it already. */
  signal: AbortSignal,
  wishes?: Wishes,
  // biome-ignore lint/suspicious/noConfusingVoidType: returning nothing means done
) => Promise<{ after: number } | void>

/** What is wished for the key while the work on it goes on: its row has changed, for one who works long to look at. */
export interface Wishes {
  on(callback: () => void): Disposable
  /** Who only waits for another machine gives its place among those that are worked on to others, and keeps its key. It bounds itself how many do so. */
  stepAside(): void
}
