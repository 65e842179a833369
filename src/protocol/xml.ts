import { parseXML } from '@aws-sdk/xml-builder'

export interface XmlElement {
  readonly name: string
  readonly value: unknown
}

/**
 * Parses a small XML document: elements as keys, repeated elements as arrays, text as strings, an empty element as ''. Undefined
 * when it is not well formed. Document type declarations are refused (no client sends one, and entities live there); the parser
 * itself knows only the five predefined entities and character references.
 */
export function parseXml(bytes: Uint8Array): XmlElement | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .replace(/^\ufeff/, '')
  if (/<!doctype/i.test(text)) return undefined
  try {
    const [root] = Object.entries(parseXML(text.includes('&#') ? decodeAstral(text) : text))
    return root && { name: root[0], value: root[1] }
  } catch {
    return undefined
  }
}

/** The parser reads a character reference as one UTF-16 unit; characters beyond are put in before, as they can never be markup. */
const decodeAstral = (text: string): string =>
  text.replaceAll(/&#(?:x([0-9a-f]{5,6})|(\d{5,7}));/gi, (reference, hex, decimal) => {
    const point = hex ? Number.parseInt(hex, 16) : Number(decimal)
    return point > 0xffff && point <= 0x10ffff ? String.fromCodePoint(point) : reference
  })

/** Text for an element or an attribute. Control characters go out as references, as S3 writes them in keys. */
export const escapeXml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be escaped
  text.replaceAll(/[&<>"'\u0000-\u001f\u0085\u2028]/g, character => entities[character] ?? reference(character))

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

const reference = (character: string): string => `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`
