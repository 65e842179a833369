import { countValues, type Parameter, placeOf, type Values, valueAt } from './parameter.ts'
import type { RandomSource } from './random-source.ts'

/** The hyperparameters that are searched. */
export type Space = readonly Parameter[]

/** One number for each parameter: the place in [0, 1] for a numeric one, the index of the value for a categorical one. */
export type Point = readonly number[]

/** How many combinations of values there are; infinite with a continuous parameter. */
export const countCombinations = (space: Space): number =>
  space.reduce((count, parameter) => count * countValues(parameter), 1)

export const valuesAt = (space: Space, point: Point): Values =>
  Object.fromEntries(
    space.map((parameter, index) => {
      const place = point[index] as number
      return [
        parameter.name,
        parameter.kind === 'categorical' ? (parameter.values[place] as string) : valueAt(parameter, place),
      ]
    }),
  )

/** Undefined when a value is missing, or is none that the parameter could have had on this scale. */
export function pointOf(space: Space, values: Values): Point | undefined {
  const point = space.map(parameter => {
    const value = values[parameter.name]
    if (value === undefined) return Number.NaN
    return parameter.kind === 'categorical' ? indexIn(parameter.values, value) : placeOf(parameter, value)
  })
  return point.some(Number.isNaN) ? undefined : point
}

const indexIn = (values: readonly string[], value: string): number =>
  values.includes(value) ? values.indexOf(value) : Number.NaN

/** The same for two trials exactly if they have the same values. */
export const keyOf = (space: Space, values: Values): string => JSON.stringify(space.map(({ name }) => values[name]))

export const randomPoint = (space: Space, random: RandomSource): Point =>
  space.map(parameter => (parameter.kind === 'categorical' ? Math.floor(random() * parameter.values.length) : random()))

/** The combination with this number, from 0 to below `countCombinations`; the last parameter changes fastest. */
export function combination(space: Space, number: number): Values {
  const values: [string, string][] = []
  let rest = number
  for (const parameter of [...space].reverse()) {
    const digit = rest % countValues(parameter)
    rest = Math.floor(rest / countValues(parameter))
    const value = parameter.kind === 'categorical' ? (parameter.values[digit] as string) : String(parameter.min + digit)
    values.unshift([parameter.name, value])
  }
  return Object.fromEntries(values)
}

/** The combinations that are not among `tried`; only for a space with few. */
export function untriedCombinations(space: Space, tried: ReadonlySet<string>): Values[] {
  const all = Array.from({ length: countCombinations(space) }, (_, number) => combination(space, number))
  return all.filter(values => !tried.has(keyOf(space, values)))
}
