import { ValidationException } from '../ground/errors.ts'

export interface Example {
  readonly name: string
  readonly description: string
}

/** How far examples have come to the market since the server runs, in the words of `modelmart examples publish`. */
export interface Publication {
  readonly status: 'NOT_STARTED' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
  readonly startedAt?: Date
  /** The last ones. */
  readonly lines: readonly string[]
}

/** What builds, certifies and lists example products, in a process of its own. */
export interface ExamplePublisher {
  examples(): Promise<readonly Example[]>
  publication(): Publication
  start(names: readonly string[]): void
}

export interface ExampleParts {
  readonly exampleProducts: ExamplePublisher
}

/** What there is to fill a market with, and how far that has come. */
export const listExamples = async (_: object, { exampleProducts }: ExampleParts) => ({
  examples: await exampleProducts.examples(),
  publication: exampleProducts.publication(),
})

/** Publishes the named examples, or the light ones; what is listed already stays as it is. One publication at a time. */
export async function publishExamples(
  { names = [] }: { readonly names?: readonly string[] },
  { exampleProducts }: ExampleParts,
) {
  const known = (await exampleProducts.examples()).map(({ name }) => name)
  const unknown = names.filter(name => !known.includes(name))
  if (unknown.length > 0)
    throw new ValidationException(`There is no example ${unknown.join(', ')}. There are ${known.join(', ')}.`)
  if (exampleProducts.publication().status === 'IN_PROGRESS')
    throw new ValidationException('A publication is under way; wait for its end.')
  exampleProducts.start(names)
  return { publication: exampleProducts.publication() }
}
