/** What a series of data is known by. */
export interface SeriesName {
  readonly account: string
  readonly region: string
  readonly namespace: string
  readonly name: string
  /** As `writeDimensions` writes them. */
  readonly dimensions: string
  readonly unit: string
}

export const seriesKey = ({ account, region, namespace, name, dimensions, unit }: SeriesName): string =>
  `${account}\0${region}\0${namespace}\0${name}\0${dimensions}\0${unit}`

export interface Dimension {
  readonly Name: string
  readonly Value: string
}

/** One text for one set of dimensions, whatever order they come in. */
export const writeDimensions = (dimensions: readonly Dimension[]): string =>
  JSON.stringify(dimensions.map(({ Name, Value }) => [Name, Value]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)))

export const readDimensions = (text: string): Dimension[] =>
  (JSON.parse(text) as [string, string][]).map(([Name, Value]) => ({ Name, Value }))
