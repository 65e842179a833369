/** An integer of the model's type: 32 bits, or for `long` what a JavaScript number holds exactly. Undefined for all else. */
export function integerOf(value: unknown, type: string): number | undefined {
  const number = typeof value === 'string' ? parseInteger(value) : typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) return undefined
  return type === 'integer' && (number > 0x7fffffff || number < -0x80000000) ? undefined : number
}

const parseInteger = (text: string): number => (/^\s*[+-]?\d{1,19}\s*$/.test(text) ? Number(text) : Number.NaN)

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i
const largestFloat = 3.4028234663852886e38

/**
 * A number of the model's type from text, or as a JSON number or its words for what JSON has no number for. Undefined for all else. A
 * `float` has 32 bits and is finite: nothing that is a weight, a target or a threshold means anything beyond. A `double` may be NaN or
 * infinite; services say where it must not.
 */
export function decimalOf(value: unknown, type: string): number | undefined {
  const number = typeof value === 'string' ? parseDecimal(value.trim()) : value
  if (typeof number !== 'number') return undefined
  return type === 'float' && !(Math.abs(number) <= largestFloat) ? undefined : number
}

function parseDecimal(text: string): number | undefined {
  return decimal.test(text) || text === 'NaN' || text === 'Infinity' || text === '-Infinity' ? Number(text) : undefined
}
