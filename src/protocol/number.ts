/** An integer of the model's type: 32 bits, or for `long` what a JavaScript number holds exactly. Undefined for all else. */
export function integerOf(value: unknown, type: string): number | undefined {
  const number = typeof value === 'string' ? parseInteger(value) : typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) return undefined
  return type === 'integer' && (number > 0x7fffffff || number < -0x80000000) ? undefined : number
}

const parseInteger = (text: string): number => (/^\s*[+-]?\d{1,19}\s*$/.test(text) ? Number(text) : Number.NaN)
