/** The first text after all that begin with the prefix. */
export const endOfPrefix = (prefix: string): string => `${prefix}\u{10ffff}`
