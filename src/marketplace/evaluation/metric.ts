/** What products are compared by. Those of `labelMetrics` hold predictions against what the buyer knows to be right. */
export const labelMetrics = ['ACCURACY', 'F1', 'AUC', 'RMSE', 'MAE'] as const
export type LabelMetric = (typeof labelMetrics)[number]
export type Metric = LabelMetric | 'LATENCY' | 'PRICE'

export const isLabelMetric = (metric: Metric): metric is LabelMetric => labelMetrics.some(each => each === metric)

/** Whether more is better; of the others less is. */
export const isMoreBetter = (metric: Metric): boolean => ['ACCURACY', 'F1', 'AUC'].includes(metric)

/** The predictions cannot be held against the labels; the message is for the buyer. */
export class Unscorable extends Error {}

/** A label for each row, and what was answered to it. */
export interface Predicted {
  readonly labels: readonly string[]
  readonly predictions: readonly string[]
  /** The label that F1 and AUC look for; F1 without one is the mean over all labels, AUC looks for `1`. */
  readonly positive?: string | undefined
}

/** Rows that are read, or held against each other, before others get their turn. */
export const rowsAtOnce = 1000

/**
 * How good predictions are: a share for ACCURACY, F1 and AUC, an error in the labels' unit for RMSE and MAE. `turn` waits between pieces of the
 * work. Throws Unscorable.
 */
export async function score(
  metric: LabelMetric,
  { labels, predictions, positive }: Predicted,
  turn: () => Promise<void> | undefined,
): Promise<number> {
  if (labels.length === 0) throw new Unscorable('There are no rows.')
  if (labels.length !== predictions.length)
    throw new Unscorable(`There are ${labels.length} labels and ${predictions.length} answers.`)
  const tally = tallies[metric](positive)
  for (const [row, label] of labels.entries()) {
    tally.add(label, predictions[row] as string, row)
    if ((row + 1) % rowsAtOnce === 0) await turn()
  }
  return tally.told(labels.length)
}

/** Takes rows one by one, and tells of all of them. */
interface Tally {
  add(label: string, answer: string, row: number): void
  told(rows: number): number
}

const tallies: Readonly<Record<LabelMetric, (positive: string | undefined) => Tally>> = {
  ACCURACY: () => sumOf((label, answer) => (named(label) === named(answer) ? 1 : 0)),
  F1: f1,
  AUC: areaUnderCurve,
  RMSE: () => sumOf((label, answer, row) => errorOf(label, answer, row) ** 2, Math.sqrt),
  MAE: () => sumOf((label, answer, row) => Math.abs(errorOf(label, answer, row))),
}

/** A mean of something of each row. */
function sumOf(of: (label: string, answer: string, row: number) => number, last = (mean: number) => mean): Tally {
  let sum = 0
  return {
    add: (label, answer, row) => {
      sum += of(label, answer, row)
    },
    told: rows => last(sum / rows),
  }
}

/** One name for a class, however its number is written: `1`, `1.0`, `1e0`. */
function named(label: string): string {
  const number = Number(label)
  return label.trim() === '' || !Number.isFinite(number) ? label : String(number)
}

/** Of one class, or the mean of all that are there. A class that is never right counts 0. */
function f1(positive: string | undefined): Tally {
  const found = new Map<string, { hits: number; told: number; there: number }>()
  const of = (name: string) => {
    const counts = found.get(name) ?? { hits: 0, told: 0, there: 0 }
    found.set(name, counts)
    return counts
  }
  return {
    add(label, answer) {
      const [there, told] = [of(named(label)), of(named(answer))]
      there.there++
      told.told++
      if (there === told) there.hits++
    },
    told() {
      const classes = positive === undefined ? [...found.values()] : [of(named(positive))]
      const scores = classes.map(({ hits, told, there }) => (hits === 0 ? 0 : (2 * hits) / (told + there)))
      return scores.reduce((sum, each) => sum + each, 0) / scores.length
    },
  }
}

/** How often a row of the positive class has the greater number, of all pairs with one of another class; equal ones are half right. */
function areaUnderCurve(positive = '1'): Tally {
  const wanted = named(positive)
  const [positives, negatives]: [number[], number[]] = [[], []]
  return {
    add(label, answer, row) {
      const value = numberOf(answer, 'answer', row)
      ;(named(label) === wanted ? positives : negatives).push(value)
    },
    told(rows) {
      if (positives.length === 0 || negatives.length === 0)
        throw new Unscorable(
          `AUC needs rows with the label ${positive} and others; ${positives.length} of ${rows} have it.`,
        )
      return pairsInOrder(positives, negatives) / (positives.length * negatives.length)
    },
  }
}

/** In the order of numbers, each of the one kind has those of the other that are smaller behind it. */
function pairsInOrder(greater: readonly number[], smaller: readonly number[]): number {
  const others = Float64Array.from(smaller).sort()
  let [pairs, below, upTo] = [0, 0, 0]
  for (const value of Float64Array.from(greater).sort()) {
    while (below < others.length && (others[below] as number) < value) below++
    while (upTo < others.length && (others[upTo] as number) <= value) upTo++
    pairs += (below + upTo) / 2
  }
  return pairs
}

const errorOf = (label: string, answer: string, row: number): number =>
  numberOf(answer, 'answer', row) - numberOf(label, 'label', row)

function numberOf(text: string, what: string, row: number): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number))
    throw new Unscorable(`The ${what} of row ${row + 1} is not a number.`)
  return number
}
