import type { Outgoing } from './undeliverable.ts'

/** How often, and for how long, something is tried; EventBridge's words. */
export interface RetryPolicy {
  readonly MaximumRetryAttempts?: number
  readonly MaximumEventAgeInSeconds?: number
}

/** API Reference of EventBridge, RetryPolicy: for 24 hours and 185 times unless told otherwise. */
const defaults = { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 }
/** Between two tries; 185 of them take about a day. */
export const longestDelayMs = 600_000

/** Whether an event is tried (again), or why no more. */
export function exhausted(
  { announced, attempts }: Pick<Outgoing, 'announced' | 'attempts'>,
  policy: RetryPolicy | undefined,
  now: number,
): 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | undefined {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = { ...defaults, ...policy }
  if (attempts > MaximumRetryAttempts) return 'MaximumRetryAttempts'
  // What was never tried is tried once, however late.
  if (attempts > 0 && now - announced > MaximumEventAgeInSeconds * 1000) return 'MaximumEventAgeInSeconds'
  return undefined
}

/** How long to wait after so many tries, in milliseconds: 1 s, 2 s, 4 s … 10 min, and of that the half or more, by chance from 0 to 1. */
export const retryDelay = (attempts: number, chance: number): number =>
  Math.round(Math.min(1000 * 2 ** (attempts - 1), longestDelayMs) * (0.5 + chance / 2))
