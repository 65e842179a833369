const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/** The line, from 1, on which a member of a JSON text begins, or an item of a list in it; of what is not there the first. */
export function lineOf(text: string, path: readonly (string | number)[]): number {
  const wanted = JSON.stringify(path)
  // Of each object and list that is open: the member or the item where the text is; undefined before a name.
  const at: (string | number | undefined)[] = []
  for (const { 0: word, index } of text.matchAll(token)) {
    if (word === '}' || word === ']') at.pop()
    else if (word === ',') at.push(next(at.pop()))
    else {
      if (at.length > 0 && at.at(-1) === undefined) at[at.length - 1] = JSON.parse(word)
      if (word !== ':' && JSON.stringify(at) === wanted) return text.slice(0, index).split('\n').length
      if (word === '{') at.push(undefined)
      if (word === '[') at.push(0)
    }
  }
  return 1
}

const next = (place: string | number | undefined) => (typeof place === 'number' ? place + 1 : undefined)
