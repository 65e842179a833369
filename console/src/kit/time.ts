/** A time as the reader's own clock tells it, with its zone. */
export const time = (date: Date | undefined): string =>
  date ? date.toLocaleString('en', { dateStyle: 'medium', timeStyle: 'long' }) : '-'

/** A time as it stands below a chart. */
export const tick = (date: Date): string =>
  date.toLocaleString('en', { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' })

/** `1 h 2 min`, from one time to another or to now. */
export function duration(from: Date | undefined, to: Date | undefined): string {
  if (!from) return '-'
  const seconds = Math.max(0, Math.round(((to ?? new Date()).getTime() - from.getTime()) / 1000))
  return durationOf(seconds)
}

export function durationOf(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const told = parts.filter(([count]) => count > 0).slice(0, 2)
  return told.length === 0 ? '0 s' : told.map(([count, unit]) => `${count} ${unit}`).join(' ')
}
