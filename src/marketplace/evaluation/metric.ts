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

/** How good predictions are: a share for ACCURACY, F1 and AUC, an error in the labels' unit for RMSE and MAE. Throws Unscorable. */
export function score(metric: LabelMetric, predicted: Predicted): number {
  const [rows, answers] = [predicted.labels.length, predicted.predictions.length]
  if (rows === 0) throw new Unscorable('There are no rows.')
  if (rows !== answers) throw new Unscorable(`There are ${rows} labels and ${answers} answers.`)
  return metrics[metric](predicted)
}

const metrics: Readonly<Record<LabelMetric, (predicted: Predicted) => number>> = {
  ACCURACY: ({ labels, predictions }) => mean(labels.map((label, row) => (isSame(label, predictions[row]) ? 1 : 0))),
  F1: f1,
  AUC: areaUnderCurve,
  RMSE: predicted => Math.sqrt(mean(errors(predicted).map(error => error ** 2))),
  MAE: predicted => mean(errors(predicted).map(Math.abs)),
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const isSame = (one: string, other: string | undefined): boolean => named(one) === named(other ?? '')

/** One name for a class, however its number is written: `1`, `1.0`, `1e0`. */
function named(label: string): string {
  const number = Number(label)
  return label.trim() === '' || !Number.isFinite(number) ? label : String(number)
}

/** Of one class, or the mean of all that are there. A class that is never right counts 0. */
function f1({ labels, predictions, positive }: Predicted): number {
  const [right, answered] = [labels.map(named), predictions.map(named)]
  const classes = positive === undefined ? [...new Set([...right, ...answered])] : [named(positive)]
  const found = new Map(classes.map(name => [name, { hits: 0, told: 0, there: 0 }]))
  for (const [row, label] of right.entries()) {
    const [there, told] = [found.get(label), found.get(answered[row] as string)]
    if (there) there.there++
    if (told) told.told++
    if (there && there === told) there.hits++
  }
  const scores = [...found.values()].map(({ hits, told, there }) => (hits === 0 ? 0 : (2 * hits) / (told + there)))
  return mean(scores)
}

/** How often a row of the positive class has the greater number, of all pairs with one of another class; equal ones are half right. */
function areaUnderCurve({ labels, predictions, positive = '1' }: Predicted): number {
  const wanted = named(positive)
  const scores = predictions.map((text, row) => ({
    value: numberOf(text, 'answer', row),
    is: named(labels[row] as string) === wanted,
  }))
  const positives = scores.filter(({ is }) => is).length
  const negatives = scores.length - positives
  if (positives === 0 || negatives === 0)
    throw new Unscorable(
      `AUC needs rows with the label ${positive} and others; ${positives} of ${labels.length} have it.`,
    )
  const sorted = scores.toSorted((one, other) => one.value - other.value)
  let ranks = 0
  for (let from = 0; from < sorted.length; ) {
    let to = from
    while (to < sorted.length && sorted[to]?.value === sorted[from]?.value) to++
    const rank = (from + 1 + to) / 2
    for (let at = from; at < to; at++) if (sorted[at]?.is) ranks += rank
    from = to
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives)
}

const errors = ({ labels, predictions }: Predicted): number[] =>
  labels.map((label, row) => numberOf(predictions[row] as string, 'answer', row) - numberOf(label, 'label', row))

function numberOf(text: string, what: string, row: number): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number))
    throw new Unscorable(`The ${what} of row ${row + 1} is not a number.`)
  return number
}
