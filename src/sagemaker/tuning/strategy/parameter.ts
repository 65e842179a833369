export type Scaling = 'Linear' | 'Logarithmic' | 'ReverseLogarithmic'

export interface NumericParameter {
  readonly kind: 'integer' | 'continuous'
  readonly name: string
  readonly min: number
  readonly max: number
  readonly scaling: Scaling
}

export interface CategoricalParameter {
  readonly kind: 'categorical'
  readonly name: string
  readonly values: readonly string[]
}

export type Parameter = NumericParameter | CategoricalParameter

/** Hyperparameters as a training job gets them. */
export type Values = Readonly<Record<string, string>>

const scales: Record<Scaling, { to(value: number): number; from(scaled: number): number }> = {
  Linear: { to: value => value, from: scaled => scaled },
  Logarithmic: { to: Math.log, from: Math.exp },
  ReverseLogarithmic: { to: value => -Math.log1p(-value), from: scaled => -Math.expm1(-scaled) },
}

/**
 * The scale that `Auto` stands for: logarithmic for a positive range over more than two orders of magnitude, reverse logarithmic
 * for one that nears 1 as closely, otherwise linear. SageMaker does not say how it chooses; its advice for choosing by hand is so.
 */
export function autoScaling(kind: NumericParameter['kind'], min: number, max: number): Scaling {
  if (min > 0 && max / min > 100) return 'Logarithmic'
  if (kind === 'continuous' && min >= 0.5 && max < 1 && (1 - min) / (1 - max) > 100) return 'ReverseLogarithmic'
  return 'Linear'
}

/** The value at a place of the scaled range, from 0 for its lower end to 1 for its upper, as the text that a container reads. */
export function valueAt(parameter: NumericParameter, place: number): string {
  const { from } = scales[parameter.scaling]
  const [low, high] = ends(parameter)
  const value = from(low + place * (high - low))
  return String(clamp(parameter.kind === 'integer' ? Math.round(value) : value, parameter.min, parameter.max))
}

/** The place of a value; beyond 0 or 1 for one outside of the range, NaN for one that the scale does not have. */
export function placeOf(parameter: NumericParameter, text: string): number {
  const [low, high] = ends(parameter)
  const scaled = scales[parameter.scaling].to(text.trim() === '' ? Number.NaN : Number(text))
  if (low === high) return scaled === low ? 0.5 : Number.NaN
  return Number.isFinite(scaled) ? (scaled - low) / (high - low) : Number.NaN
}

/** Half a step more on each side for integers, so that the first and the last are as likely as the others. */
function ends({ kind, min, max, scaling }: NumericParameter): [number, number] {
  const { to } = scales[scaling]
  const margin = kind === 'integer' ? 0.5 : 0
  return [to(min - margin), to(max + margin)]
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value))

/** How many values there are. */
export function countValues(parameter: Parameter): number {
  if (parameter.kind === 'categorical') return parameter.values.length
  if (parameter.min === parameter.max) return 1
  return parameter.kind === 'integer' ? parameter.max - parameter.min + 1 : Number.POSITIVE_INFINITY
}
