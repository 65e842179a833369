/** Changes that nobody can tell from the code as it is: `file: line: what`, and why. */
export const equivalent: Readonly<Record<string, string>> = {}
