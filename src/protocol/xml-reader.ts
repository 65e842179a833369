import { isUtf8 } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'

export interface XmlElement {
  readonly name: string
  /** Text; or, when there are elements or attributes in it, an object without prototype. */
  readonly value: unknown
}

/** The document is not well formed, or holds more than any request needs. */
export class XmlError extends Error {}

const mostElements = 100_000
const deepest = 32
const mostAttributes = 16
/** Elements that are read before others get their turn. */
const turn = 2000

type Fields = Record<string, unknown>

interface Open {
  readonly name: string
  fields: Fields | undefined
  hasElements: boolean
  text: string
}

/**
 * Reads a small XML document: elements and attributes as keys, repeated elements as arrays, text as strings, an empty element as '';
 * text beside attributes as `#text`; white space between elements is nothing. Throws XmlError. Of XML it takes what S3's clients send: no
 * document type declarations, so no entities but the five predefined ones (Extensible Markup Language 1.0, sections 2 to 4). Others
 * get their turn while it reads.
 */
export async function readXmlDocument(bytes: Uint8Array): Promise<XmlElement> {
  if (!isUtf8(bytes)) throw new XmlError('it is not UTF-8')
  const document = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .replace(/^\ufeff/, '')
  const reader = createReader(document)
  while (reader.step()) if (reader.elements() % turn === 0) await setImmediate()
  return reader.root()
}

function createReader(document: string) {
  const stack: Open[] = []
  let root: XmlElement | undefined
  let elements = 0
  let at = 0

  /** Reads one piece of markup and the text before it; false at the end. */
  const step = (): boolean => {
    const mark = document.indexOf('<', at)
    addText(document.slice(at, mark < 0 ? document.length : mark))
    if (mark < 0) return false
    at = mark
    if (document.startsWith('</', at)) endTag()
    else if (document.startsWith('<?', at)) skipTo('?>')
    else if (document.startsWith('<!--', at)) skipTo('-->')
    else if (document.startsWith('<![CDATA[', at)) characterData()
    else if (document.startsWith('<!', at)) throw new XmlError('it declares a document type')
    else startTag()
    return true
  }

  const addText = (raw: string): void => {
    const top = stack.at(-1)
    if (top) top.text += raw.includes('&') ? raw.replaceAll(/&[^;&]{0,12};?/g, decodeReference) : raw
    else if (/\S/.test(raw)) throw new XmlError('there is text outside of its element')
  }

  const skipTo = (end: string): string => {
    const found = document.indexOf(end, at)
    if (found < 0) throw new XmlError(`'${end}' is missing`)
    const skipped = document.slice(at, found)
    at = found + end.length
    return skipped
  }

  const characterData = (): void => {
    const top = stack.at(-1)
    if (!top) throw new XmlError('there is text outside of its element')
    top.text += skipTo(']]>').slice('<![CDATA['.length)
  }

  const startTag = (): void => {
    if (root) throw new XmlError('it has two elements at its root')
    if (++elements > mostElements) throw new XmlError(`it has more than ${mostElements} elements`)
    if (stack.length >= deepest) throw new XmlError(`its elements are nested deeper than ${deepest}`)
    const name = match(/<([^\s/<>='"&]{1,256})/y)?.[1]
    if (name === undefined) throw new XmlError('a tag has no name')
    const open: Open = { name, fields: undefined, hasElements: false, text: '' }
    open.fields = readAttributes()
    const end = match(/\s*(\/?)>/y)
    if (!end) throw new XmlError(`the tag <${name}> does not end`)
    stack.push(open)
    if (end[1] === '/') close()
  }

  const readAttributes = (): Fields | undefined => {
    let fields: Fields | undefined
    for (let count = 0; ; count++) {
      const [, name, double, single] = match(/\s+([^\s/<>='"&]{1,256})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y) ?? []
      if (name === undefined) return fields
      if (count === mostAttributes) throw new XmlError(`an element has more than ${mostAttributes} attributes`)
      fields ??= Object.create(null) as Fields
      if (name in fields) throw new XmlError(`the attribute ${name} appears twice`)
      fields[name] = (double ?? single ?? '').replaceAll(/&[^;&]{0,12};?/g, decodeReference)
    }
  }

  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(document)
    if (found) at = pattern.lastIndex
    return found
  }

  const endTag = (): void => {
    const name = match(/<\/([^\s/<>='"&]{1,256})\s*>/y)?.[1]
    const top = stack.at(-1)
    if (!top || name !== top.name) throw new XmlError(`</${name ?? ''}> closes what is not open`)
    close()
  }

  const close = (): void => {
    const { name, fields, hasElements, text } = stack.pop() as Open
    if (fields && (hasElements ? /\S/.test(text) : text !== '')) fields['#text'] = text
    const value = fields ?? text
    const parent = stack.at(-1)
    if (parent) addChild(parent, name, value)
    else root = { name, value }
  }

  return {
    step,
    elements: () => elements,
    root(): XmlElement {
      if (root && stack.length === 0) return root
      throw new XmlError(stack.length > 0 ? `<${stack.at(-1)?.name}> is not closed` : 'it has no element')
    },
  }
}

function addChild(parent: Open, name: string, value: unknown): void {
  parent.hasElements = true
  parent.fields ??= Object.create(null) as Fields
  const before = parent.fields[name]
  if (before === undefined) parent.fields[name] = value
  else if (Array.isArray(before)) before.push(value)
  else parent.fields[name] = [before, value]
}

const predefined: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
])

function decodeReference(reference: string): string {
  const known = predefined.get(reference)
  if (known !== undefined) return known
  const [, hex, decimal] = /^&#(?:x([0-9a-f]{1,6})|(\d{1,7}));$/i.exec(reference) ?? []
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  if (point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)) return String.fromCodePoint(point)
  throw new XmlError(`it has an unknown reference ${reference}`)
}
