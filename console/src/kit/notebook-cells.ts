/** A cell of a notebook, as far as it is shown. */
export interface NotebookCell {
  readonly kind: 'markdown' | 'code' | 'raw'
  readonly source: string
  readonly outputs: readonly NotebookOutput[]
}

/** A picture is the base64 of a PNG. */
export type NotebookOutput = { readonly text: string } | { readonly picture: string }

export interface ReadNotebook {
  readonly cells: readonly NotebookCell[]
  /** Something of it was too much. */
  readonly isCut: boolean
}

const mostCells = 500
const mostText = 50_000
const mostPicture = 1_500_000

type Json = Readonly<Record<string, unknown>>

/**
 * A notebook of nbformat 4 (Jupyter's "The Notebook file format"): Markdown, code, and outputs of text and PNG. HTML, JavaScript, widgets
 * and SVG are left out, whatever they say. Throws an Error for what is no such notebook.
 */
export function readNotebook(text: string): ReadNotebook {
  const document = JSON.parse(text) as Json | null
  const cells = document?.cells
  if (document?.nbformat !== 4 || !Array.isArray(cells)) throw new Error('It is no notebook of nbformat 4.')
  let isCut = cells.length > mostCells
  const bounded = (value: unknown): string => {
    const whole = joined(value)
    isCut ||= whole.length > mostText
    return whole.slice(0, mostText)
  }
  const outputOf = (output: Json): NotebookOutput[] => {
    if (output.output_type === 'stream') return [{ text: bounded(output.text) }]
    if (output.output_type === 'error') return [{ text: `${bounded(output.ename)}: ${bounded(output.evalue)}` }]
    const data = isObject(output.data) ? output.data : {}
    const picture = joined(data['image/png']).replaceAll(/\s/g, '')
    if (picture !== '' && picture.length <= mostPicture && /^[A-Za-z0-9+/]+=*$/.test(picture)) return [{ picture }]
    return data['text/plain'] === undefined ? [] : [{ text: bounded(data['text/plain']) }]
  }
  const shown = cells.slice(0, mostCells).filter(isObject)
  const read = shown.map(({ cell_type: type, source, outputs }) => ({
    kind: kindOf(type),
    source: bounded(source),
    outputs: type === 'code' && Array.isArray(outputs) ? outputs.slice(0, 50).filter(isObject).flatMap(outputOf) : [],
  }))
  return { cells: read, isCut }
}

const kindOf = (type: unknown): NotebookCell['kind'] => (type === 'markdown' || type === 'code' ? type : 'raw')

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null

/** A text, or a list of its lines. */
const joined = (value: unknown): string =>
  [value]
    .flat()
    .filter(part => typeof part === 'string')
    .join('')
