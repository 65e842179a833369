/** Compares two runs of decimal digits by their value, however long they are. The empty run is 0. */
export function compareDigits(a: string, b: string): number {
  const left = a.replace(/^0+/, '')
  const right = b.replace(/^0+/, '')
  if (left.length !== right.length) return left.length - right.length
  return compareText(left, right)
}

export const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
