import type { Wishes } from '../reconcile/reconciler.ts'

/** What long work came to: done, or given up because the row says that it is no longer wanted. */
export type Outcome<T> = { readonly interrupted: false; readonly value: T } | { readonly interrupted: true }

/**
 * Does long work with a signal that ends it when the server stops, the lease is lost, or `unwanted` says so (a user stopped or deleted
 * what it is for); asked at the start and whenever the key is wished for again. Errors of work that was given up are the interruption's
 * doing and are not told.
 */
export async function interruptible<T>(
  signal: AbortSignal,
  wishes: Wishes | undefined,
  unwanted: () => Promise<boolean>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
  const given = new AbortController()
  const look = () =>
    unwanted().then(
      yes => yes && given.abort(),
      () => {},
    )
  using _ = wishes?.on(look)
  await look()
  try {
    return { interrupted: false, value: await work(AbortSignal.any([signal, given.signal])) }
  } catch (error) {
    if (given.signal.aborted && !signal.aborted) return { interrupted: true }
    throw error
  }
}
