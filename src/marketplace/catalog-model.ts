import { load } from '../model/load.ts'
import type { ServiceModel } from '../model/model.ts'

/**
 * Patterns that the published model writes without a repetition or without what its own guide shows: names of changes have more than
 * one letter, names of entities need no backslash, identifiers may be `$ChangeName.Entity.Identifier`, page tokens are longer than a
 * character.
 */
const patterns: Readonly<Record<string, string>> = {
  ChangeName: '^[a-zA-Z][\\w-]*$',
  EntityNameString: '^\\S+[\\S\\s]*',
  Identifier: '^[\\w\\-@.$]+$',
  NextToken: '^[\\w+=.:@\\-\\/]+$',
}

/** The interface facts of the Catalog API with these patterns mended. */
export function catalogModel(): ServiceModel {
  const model = load('marketplace-catalog')
  const mended = Object.entries(patterns).map(([name, pattern]) => [name, { ...model.shapes[name], pattern }])
  return { ...model, shapes: { ...model.shapes, ...Object.fromEntries(mended) } }
}
