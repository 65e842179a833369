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
