const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** `12.3 MB`. */
export function bytes(count: number): string {
  const power = Math.min(units.length - 1, count < 1 ? 0 : Math.floor(Math.log10(count) / 3))
  const scaled = count / 1000 ** power
  return `${power === 0 ? scaled : scaled.toFixed(1)} ${units[power]}`
}
