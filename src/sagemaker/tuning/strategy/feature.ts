import type { Point, Space } from './space.ts'

/**
 * A point as a Gaussian process sees it: a numeric parameter is its place, a categorical one has an input for each of its values, of
 * which one is set, so that any two values are a distance of 1 apart.
 */
export const features = (space: Space, point: Point): Float64Array =>
  Float64Array.from(
    space.flatMap((parameter, index) => {
      const place = point[index] as number
      return parameter.kind === 'categorical'
        ? parameter.values.map((_, value) => (value === place ? Math.SQRT1_2 : 0))
        : [place]
    }),
  )

/** The parameter that each input belongs to. */
export const featureGroups = (space: Space): number[] =>
  space.flatMap((parameter, index) => (parameter.kind === 'categorical' ? parameter.values.map(() => index) : [index]))
