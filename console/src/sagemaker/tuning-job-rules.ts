import { type Rules, wanted } from '../kit/form-state.ts'
import { listOf } from '../seller/product-values.ts'
import { trainingJobRules } from './training-job-rules.ts'
import type { RangeValues, TuningJobValues } from './tuning-job-values.ts'
import { tuningTexts } from './tuning-texts.ts'

const words = tuningTexts.form
const within = (text: string, least: number, most: number, why: string): string | undefined =>
  /^\d+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most ? undefined : why

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text))
const isRange = ({ name, type, min, max, values }: RangeValues): boolean =>
  name.trim() !== '' &&
  (type === 'Categorical' ? listOf(values).length > 0 : isNumber(min) && isNumber(max) && Number(min) <= Number(max))

/** What can be told before the API is asked; it has the last word. */
export const tuningJobRules: Rules<TuningJobValues> = {
  ...trainingJobRules,
  name: ({ name }) => (/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}$/.test(name) ? undefined : words.nameRule),
  parents: ({ warmStart, parents }) =>
    warmStart === '' || (listOf(parents).length >= 1 && listOf(parents).length <= 5) ? undefined : words.parentsRule,
  earlyStopping: ({ strategy, earlyStopping }) =>
    strategy === 'Hyperband' && earlyStopping !== 'Off' ? words.earlyStoppingRule : undefined,
  objective: ({ objective }) => wanted(objective),
  ranges: ({ ranges }) =>
    ranges.length > 0 && ranges.every(isRange) && new Set(ranges.map(({ name }) => name)).size === ranges.length
      ? undefined
      : words.rangesRule,
  most: ({ most }) => within(most, 1, 500, words.mostRule),
  parallel: ({ parallel }) => within(parallel, 1, 10, words.parallelRule),
  mostRuntime: ({ mostRuntime }) =>
    mostRuntime.trim() === '' ? undefined : within(mostRuntime, 120, 15_768_000, words.runtimeRule),
}
