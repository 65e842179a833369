import { type FileHandle, open } from 'node:fs/promises'
import { ServiceError } from '../ground/errors.ts'
import { isJsonObject, parseExactJson } from './exact-json.ts'
import type { ListRoom } from './list-memory.ts'

/** A JSON Lines file on disk whose lines are read in any order; only their positions are in memory. */
export interface AugmentedManifest {
  /** Positions of the lines that are not blank, in the file's order. */
  readonly lines: Float64Array
  /** The values of a line's attributes, in the order asked for. Throws a ServiceError of code `ClientError` that names the line. */
  read(line: number): Promise<AttributeValue[]>
  close(): Promise<void>
}

/** An attribute whose name ends with `-ref` names an object; any other is its value's text. */
export type AttributeValue =
  | { readonly uri: string; readonly text?: never }
  | { readonly text: string; readonly uri?: never }

const newline = 10
/** Source: SageMaker Developer Guide, "Provide Dataset Metadata to Training Jobs with an Augmented Manifest File". */
const longestLine = 100_000
const mostLines = 2_000_000
/** Of each: its position, its number, and both once more as they grow. */
const lineBytes = 32
/** What is looked through at once, which holds everybody up. */
const block = 65_536

/** Opens the manifest at `path`. `uri` names it in errors. Throws BodyRefused where its lines have no room. */
export async function openAugmentedManifest(
  path: string,
  uri: string,
  attributes: readonly string[],
  room: ListRoom,
): Promise<AugmentedManifest> {
  const file = await open(path)
  try {
    const { starts, size } = await lineStarts(file, uri, room)
    const complain = (number: number, problem: string) =>
      new ServiceError('ClientError', `Line ${number + 1} of the augmented manifest ${uri} ${problem}.`)
    const textOf = async (number: number): Promise<string> => {
      const start = starts[number] as number
      const length = (starts[number + 1] ?? size) - start
      if (length > 4 * longestLine) throw complain(number, `is longer than ${longestLine} characters`)
      const { buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, start)
      return buffer.toString()
    }
    return {
      lines: await filled(starts, textOf),
      async read(number) {
        const line = parse(await textOf(number))
        if (!isJsonObject(line)) throw complain(number, 'is not a JSON object')
        return attributes.map(name => {
          const value = line[name]
          if (value === undefined) throw complain(number, `has no attribute "${name}"`)
          const text = typeof value === 'string' ? value : JSON.stringify(value)
          if (!name.endsWith('-ref')) return { text }
          if (!text.startsWith('s3://')) throw complain(number, `has no S3 URI in its attribute "${name}"`)
          return { uri: text }
        })
      },
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

function parse(text: string): unknown {
  try {
    return parseExactJson(text)
  } catch {
    return undefined
  }
}

async function lineStarts(file: FileHandle, uri: string, room: ListRoom): Promise<{ starts: number[]; size: number }> {
  const starts: number[] = []
  const buffer = Buffer.allocUnsafe(block)
  let size = 0
  let fresh = true
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size)
    if (bytesRead === 0) return { starts, size }
    const known = starts.length
    if (fresh) starts.push(size)
    fresh = false
    for (let at = buffer.indexOf(newline); at >= 0 && at < bytesRead; at = buffer.indexOf(newline, at + 1)) {
      if (at + 1 < bytesRead) starts.push(size + at + 1)
      else fresh = true
    }
    size += bytesRead
    if (starts.length > mostLines)
      throw new ServiceError(
        'ClientError',
        `The augmented manifest ${uri} has more than ${mostLines} lines, the most that is read of one.`,
      )
    room.grow((starts.length - known) * lineBytes, uri)
  }
}

/** Numbers of the lines that hold more than white space; only short ones can be blank. */
async function filled(starts: readonly number[], textOf: (line: number) => Promise<string>): Promise<Float64Array> {
  const numbers: number[] = []
  for (const line of starts.keys()) {
    const length = (starts[line + 1] ?? Number.POSITIVE_INFINITY) - (starts[line] as number)
    const blank = length === 1 || (length === 2 && (await textOf(line)).trim() === '')
    if (!blank) numbers.push(line)
  }
  return Float64Array.from(numbers)
}
