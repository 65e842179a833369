declare const made: unique symbol

/** A path of the engine's API that `at` has made: no part of it can lead anywhere else. */
export type EnginePath = string & { readonly [made]: true }

/**
 * at`/containers/${name}/json`: what is put in stays one part of the path, whatever it holds, for names come from labels, files
 * and answers. Throws for a part that is empty or that a URL would resolve.
 */
export const at = (literals: TemplateStringsArray, ...parts: readonly string[]): EnginePath =>
  String.raw({ raw: literals }, ...parts.map(encoded)) as EnginePath

const encoded = (part: string): string => {
  if (/^\.{0,2}$/.test(part)) throw new Error(`Not a part of a path of the container engine: ${JSON.stringify(part)}`)
  return encodeURIComponent(part)
}
