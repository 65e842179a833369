import type { ComparedColumn } from './input-watch.ts'
import { inputWatchTexts as words } from './input-watch-texts.ts'

/** The columns of a day that are not spread as at certification, the largest difference first. */
export function differingColumns(columns: readonly ComparedColumn[]): string {
  const named = (level: string) =>
    columns.filter(column => column.level === level).map(({ name }) => `${name}: ${level}`)
  return [...named('LARGE'), ...named('MODERATE')].join(', ') || words.alike
}
