/** A part of the language that the type definitions in use do not know yet (ECMAScript proposal "JSON.parse source text access"). */
const json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
  isRawJSON(value: unknown): boolean
}

/** Like JSON.parse, except that numbers keep their digits: `JSON.stringify` writes 1.0 and 12345678901234567890 as they were. */
export const parseExactJson = (text: string): unknown =>
  json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? json.rawJSON(source) : value,
  )

/** True for what JSON calls an object: no array, no null, no number that kept its digits. */
export const isJsonObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !json.isRawJSON(value)
