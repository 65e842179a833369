import { createHash, createHmac, type Hash, hash } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import type { TrailingBody } from '../ground/body.ts'
import { ServiceError } from '../ground/errors.ts'
import { createJoiner } from '../ground/joiner.ts'
import { equalText, type Verified } from './sigv4.ts'

export interface ChunkedOptions {
  /** The request's signature, on which each chunk's builds; absent for unsigned chunks. */
  readonly seed: Verified | undefined
  /** x-amz-decoded-content-length. */
  readonly length: number
  /** Lower-case names that x-amz-trailer announces. */
  readonly announced: readonly string[]
}

type State = 'size' | 'data' | 'dataEnd' | 'trailer' | 'done'

const longestLine = 8192
/** Of every chunk but the last ("Signature calculations: transferring payload in multiple chunks"). */
const smallestChunk = 8192
const mostTrailers = 16

/**
 * Decodes an aws-chunked body as it streams ("Signature calculations: transferring payload in multiple chunks"): checks each
 * chunk's signature and the trailer's when they are signed, and the announced length. Its last bytes leave before the last check,
 * but the stream only ends when everything was right; it fails with a ServiceError otherwise.
 */
export function decodeChunks(options: ChunkedOptions): TrailingBody & Transform {
  const trailers: Record<string, string> = Object.create(null)
  const signatures = options.seed ? chunkSignatures(options.seed) : undefined
  let state: State = 'size'
  let line = ''
  /** Of the chunk that is being read, or was before. */
  let chunkSize = smallestChunk
  let chunkNumber = 0
  let remaining = 0
  let decoded = 0
  let trailerLines = 0

  const consume = (bytes: Buffer): void => {
    let at = 0
    while (at < bytes.length) at = state === 'data' ? readData(bytes, at) : readLine(bytes, at)
  }

  const readData = (bytes: Buffer, at: number): number => {
    const data = bytes.subarray(at, at + remaining)
    signatures?.update(data)
    decoded += data.length
    remaining -= data.length
    if (remaining === 0) state = 'dataEnd'
    joiner.add(data)
    return at + data.length
  }

  const readLine = (bytes: Buffer, at: number): number => {
    const end = bytes.indexOf(10, at)
    line += bytes.toString('latin1', at, end < 0 ? bytes.length : end)
    if (line.length > longestLine) throw malformedBody('a line is longer than 8 KiB')
    if (end < 0) return bytes.length
    if (!line.endsWith('\r') && end >= 0) throw malformedBody('a line does not end in CRLF')
    const complete = line.slice(0, -1)
    line = ''
    takeLine(complete)
    return end + 1
  }

  const takeLine = (text: string): void => {
    if (state === 'size') startChunk(text)
    else if (state === 'dataEnd' && text === '') endChunk()
    else if (state === 'trailer') takeTrailer(text)
    else throw malformedBody(state === 'done' ? 'it goes on after its end' : 'a chunk is longer than its size')
  }

  const startChunk = (text: string): void => {
    const [, size, signature] = /^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(text) ?? []
    if (size === undefined) throw malformedBody('a chunk has no size')
    remaining = Number.parseInt(size, 16)
    chunkNumber++
    if (remaining > 0 && chunkSize < smallestChunk) throw chunkTooSmall(chunkNumber, chunkSize)
    chunkSize = remaining
    signatures?.expect(signature)
    if (decoded + remaining > options.length) throw incomplete(options.length, decoded + remaining)
    if (remaining > 0) state = 'data'
    else {
      signatures?.check()
      state = 'trailer'
    }
  }

  const endChunk = (): void => {
    signatures?.check()
    state = 'size'
  }

  const takeTrailer = (text: string): void => {
    if (text === '') {
      state = 'done'
      return
    }
    if (++trailerLines > mostTrailers) throw malformedTrailer(`it has more than ${mostTrailers} fields`)
    const colon = text.indexOf(':')
    const name = text.slice(0, Math.max(colon, 0)).trim().toLowerCase()
    const value = text.slice(colon + 1).trim()
    if (name === 'x-amz-trailer-signature') signatures?.checkTrailers(trailers, value)
    else if (options.announced.includes(name)) trailers[name] = value
    else throw malformedTrailer(`'${name}' was not announced in x-amz-trailer`)
  }

  const finish = (): void => {
    joiner.end()
    const missing = options.announced.find(name => !(name in trailers))
    if (state !== 'done' && !(state === 'trailer' && line === '')) throw incomplete(options.length, decoded)
    if (decoded !== options.length) throw incomplete(options.length, decoded)
    if (missing) throw malformedTrailer(`'${missing}' was announced but did not come`)
    if (signatures && options.announced.length > 0 && !signatures.trailersChecked()) {
      throw malformedTrailer('it is not signed')
    }
  }

  const stream: Transform = new Transform({
    writableHighWaterMark: 4096,
    transform(bytes: Buffer, _encoding, done) {
      attempt(done, () => consume(bytes))
    },
    flush(done) {
      attempt(done, finish)
    },
  })
  const joiner = createJoiner(chunk => stream.push(chunk))
  return Object.assign(stream, { trailers })
}

function attempt(done: TransformCallback, work: () => void): void {
  try {
    work()
    done()
  } catch (error) {
    done(error as Error)
  }
}

/** The chain of signatures: each is made over the one before it. */
function chunkSignatures({ signature, time, scope, key }: Verified) {
  const nothing = hash('sha256', '')
  let previous = signature
  let expected: string | undefined
  let content: Hash = createHash('sha256')
  let trailersSeen = false
  const check = (prefix: string, rest: string, claimed: string | undefined): void => {
    const made = createHmac('sha256', key).update(`${prefix}\n${time}\n${scope}\n${previous}\n${rest}`).digest('hex')
    if (claimed === undefined || !equalText(made, claimed)) {
      throw new ServiceError('SignatureDoesNotMatch', 'The signature of a chunk of the body does not match.', {
        status: 403,
      })
    }
    previous = made
  }
  return {
    expect(claimed: string | undefined): void {
      expected = claimed
      content = createHash('sha256')
    },
    update(data: Uint8Array): void {
      content.update(data)
    },
    check(): void {
      check('AWS4-HMAC-SHA256-PAYLOAD', `${nothing}\n${content.digest('hex')}`, expected)
    },
    checkTrailers(trailers: Readonly<Record<string, string>>, claimed: string): void {
      const lines = Object.entries(trailers).map(([name, value]) => `${name}:${value}\n`)
      check('AWS4-HMAC-SHA256-TRAILER', hash('sha256', lines.join('')), claimed)
      trailersSeen = true
    },
    trailersChecked: (): boolean => trailersSeen,
  }
}

const malformedBody = (problem: string): ServiceError =>
  new ServiceError('IncompleteBody', `The request body terminated unexpectedly: ${problem}.`, { status: 400 })

/** Told where the next one begins. */
const chunkTooSmall = (number: number, size: number): ServiceError =>
  new ServiceError(
    'InvalidChunkSizeError',
    `Only the last chunk is allowed to have a size less than ${smallestChunk} bytes`,
    { status: 403, fields: { Chunk: number, BadChunkSize: size } },
  )

const malformedTrailer = (problem: string): ServiceError =>
  new ServiceError(
    'MalformedTrailerError',
    `The request contained trailing data that was not well-formed: ${problem}.`,
    {
      status: 400,
    },
  )

const incomplete = (announced: number, found: number): ServiceError =>
  new ServiceError(
    'IncompleteBody',
    `The body does not have the ${announced} bytes that x-amz-decoded-content-length announces, but ${found}.`,
    { status: 400 },
  )
