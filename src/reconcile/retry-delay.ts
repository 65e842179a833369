/** A worker looks again, and tries again, at least this often; milliseconds. */
export const longestDelayMs = 60_000

/** How long a key waits that has failed so many times before: half a second, then twice as long each time. */
export const retryDelayMs = (attempts: number): number => Math.min(500 * 2 ** attempts, longestDelayMs)
