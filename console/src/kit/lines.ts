/** What stands in a text, one a line; no entry holds a space. */
export const linesOf = (text: string): string[] => text.split(/\s+/).filter(line => line !== '')
