/**
 * Carries one resource towards its final state. It gets nothing but the key: it reads the row, looks at the world, does what is
 * next and may be called again at any time, also after a crash in the middle. It returns when there is nothing left to do, says
 * after how many milliseconds it wants to look again, or throws, which is tried again with a growing delay.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: returning nothing means done
export type Reconciler = (key: string, signal: AbortSignal) => Promise<{ after: number } | void>
