import type { NumericParameter } from './parameter.ts'

/**
 * The range that is searched for a hyperparameter of which an example is all that is known: an order of magnitude to each side, not
 * beyond 1 for a part of one, and not beyond `limits`. Undefined for an example that is not a number.
 */
export function autoRange(
  name: string,
  example: string,
  limits: { min: number; max: number; integer?: boolean } | undefined,
): NumericParameter | undefined {
  const value = example.trim() === '' ? Number.NaN : Number(example)
  if (!Number.isFinite(value)) return undefined
  const kind = (limits?.integer ?? /^[+-]?\d+$/.test(example.trim())) ? 'integer' : 'continuous'
  const [low, high] = around(value, kind)
  const min = Math.max(low, limits?.min ?? low)
  const max = Math.min(high, limits?.max ?? high)
  return { kind, name, min, max, scaling: min > 0 ? 'Logarithmic' : 'Linear' }
}

function around(value: number, kind: NumericParameter['kind']): [number, number] {
  if (value === 0) return kind === 'integer' ? [0, 10] : [0, 1]
  const [near, far] = [value / 10, value > 0 && value < 1 ? Math.min(1, value * 10) : value * 10]
  const [low, high] = value > 0 ? [near, far] : [far, near]
  if (kind === 'continuous') return [low, high]
  return value > 0 ? [Math.max(1, Math.floor(low)), high] : [low, Math.min(-1, Math.ceil(high))]
}
