import { AsyncLocalStorage } from 'node:async_hooks'

/** One work inside a transaction, from its first statement to its last. */
export interface Scope {
  /** Who asked for it: the place in the code. */
  readonly owner: () => string
  open: boolean
}

const scopes = new AsyncLocalStorage<Scope>()

/** Runs a work so that all it awaits is known to belong to it. */
export const inScope = <T>(scope: Scope, work: () => Promise<T>): Promise<T> => scopes.run(scope, work)

/** Runs what serves everybody, whoever set it going. */
export const outOfScope = <T>(work: () => T): T => scopes.exit(work)

/** The work that the caller belongs to, also after that has ended; undefined for callers that belong to none. */
export const scope = (): Scope | undefined => scopes.getStore()

/**
 * Throws inside a transaction: another one, or a statement beside it, would wait for the connection that this one holds, and so for
 * ever.
 */
export function requireNoTransaction(what: string): void {
  const current = scopes.getStore()
  if (current?.open) throw new Error(`${what} within the transaction of ${current.owner()}: use its own tx`)
}

/** `updateEndpoint (src/sagemaker/serving/endpoint.ts:155:14)`: the first place on the stack outside of the store. */
export function placeOf(stack: string | undefined): string {
  const frames = (stack ?? '').split('\n').slice(1)
  const outside =
    frames.find(frame => !/\/store\/transactions\.[jt]s|node_modules|node:/.test(frame)) ?? 'an unknown place'
  return outside
    .trim()
    .replace(/^at (async )?/, '')
    .replace(/file:\/\/\/?.*\/((src|dist|test)\/)/, '$1')
}
