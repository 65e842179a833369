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
  const reader = new Reader(document)
  while (reader.step()) if (reader.elements % turn === 0) await setImmediate()
  return reader.root()
}

class Reader {
  readonly #document: string
  readonly #stack: Open[] = []
  #root: XmlElement | undefined
  #at = 0
  elements = 0

  constructor(document: string) {
    this.#document = document
  }

  /** Reads one piece of markup and the text before it; false at the end. */
  step(): boolean {
    const document = this.#document
    const mark = document.indexOf('<', this.#at)
    this.#addText(document.slice(this.#at, mark < 0 ? document.length : mark))
    if (mark < 0) return false
    this.#at = mark
    if (document.startsWith('</', mark)) this.#endTag()
    else if (document.startsWith('<?', mark)) this.#skipTo('?>')
    else if (document.startsWith('<!--', mark)) this.#skipTo('-->')
    else if (document.startsWith('<![CDATA[', mark)) this.#characterData()
    else if (document.startsWith('<!', mark)) throw new XmlError('it declares a document type')
    else this.#startTag()
    return true
  }

  root(): XmlElement {
    if (this.#root && this.#stack.length === 0) return this.#root
    const open = this.#stack.at(-1)
    throw new XmlError(open ? `<${open.name}> is not closed` : 'it has no element')
  }

  #addText(raw: string): void {
    const top = this.#stack.at(-1)
    if (top) top.text += decode(raw)
    else if (/\S/.test(raw)) throw new XmlError('there is text outside of its element')
  }

  #skipTo(end: string): string {
    const found = this.#document.indexOf(end, this.#at)
    if (found < 0) throw new XmlError(`'${end}' is missing`)
    const skipped = this.#document.slice(this.#at, found)
    this.#at = found + end.length
    return skipped
  }

  #characterData(): void {
    const top = this.#stack.at(-1)
    if (!top) throw new XmlError('there is text outside of its element')
    top.text += this.#skipTo(']]>').slice('<![CDATA['.length)
  }

  #startTag(): void {
    if (this.#root) throw new XmlError('it has two elements at its root')
    if (++this.elements > mostElements) throw new XmlError(`it has more than ${mostElements} elements`)
    if (this.#stack.length >= deepest) throw new XmlError(`its elements are nested deeper than ${deepest}`)
    const name = this.#match(/<([^\s/<>='"&]{1,256})/y)?.[1]
    if (name === undefined) throw new XmlError('a tag has no name')
    const fields = this.#attributes()
    const end = this.#match(/\s*(\/?)>/y)
    if (!end) throw new XmlError(`the tag <${name}> does not end`)
    this.#stack.push({ name, fields, hasElements: false, text: '' })
    if (end[1] === '/') this.#close()
  }

  #attributes(): Fields | undefined {
    let fields: Fields | undefined
    for (let count = 0; ; count++) {
      const [, name, double, single] = this.#match(/\s+([^\s/<>='"&]{1,256})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y) ?? []
      if (name === undefined) return fields
      if (count === mostAttributes) throw new XmlError(`an element has more than ${mostAttributes} attributes`)
      fields ??= Object.create(null) as Fields
      if (name in fields) throw new XmlError(`the attribute ${name} appears twice`)
      fields[name] = decode(double ?? single ?? '')
    }
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#document)
    if (found) this.#at = pattern.lastIndex
    return found
  }

  #endTag(): void {
    const name = this.#match(/<\/([^\s/<>='"&]{1,256})\s*>/y)?.[1]
    if (name === undefined || name !== this.#stack.at(-1)?.name)
      throw new XmlError(`</${name ?? ''}> closes what is not open`)
    this.#close()
  }

  #close(): void {
    const { name, fields, hasElements, text } = this.#stack.pop() as Open
    if (fields && (hasElements ? /\S/.test(text) : text !== '')) fields['#text'] = text
    const value = fields ?? text
    const parent = this.#stack.at(-1)
    if (parent) addChild(parent, name, value)
    else this.#root = { name, value }
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

const decode = (raw: string): string => (raw.includes('&') ? raw.replaceAll(/&[^;&]{0,12};?/g, decodeReference) : raw)

function decodeReference(reference: string): string {
  const known = predefined.get(reference)
  if (known !== undefined) return known
  const [, hex, decimal] = /^&#(?:x([0-9a-f]{1,6})|(\d{1,7}));$/i.exec(reference) ?? []
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  if (point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)) return String.fromCodePoint(point)
  throw new XmlError(`it has an unknown reference ${reference}`)
}
