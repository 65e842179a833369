/** Minutes that began in `[from, to)`, of those that were begun since `started` and before `stopped`. */
export function minutesBegun(started: number, stopped: number, from: number, to: number): number {
  const begunBefore = (time: number) => Math.max(0, Math.ceil((Math.min(time, stopped) - started) / 60_000))
  return Math.max(0, begunBefore(to) - begunBefore(from))
}
