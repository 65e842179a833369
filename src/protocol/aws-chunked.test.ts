import assert from 'node:assert/strict'
import { createHmac, createSecretKey, hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ChunkedOptions, decodeChunks } from './aws-chunked.ts'
import type { Verified } from './sigv4.ts'

/** Feeds the wire in the given pieces; the content and the trailers when it ends well. */
async function decode(wire: Buffer, options: ChunkedOptions, cuts: readonly number[] = []) {
  const stream = decodeChunks(options)
  const edges = [0, ...[...cuts].sort((a, b) => a - b), wire.length]
  const pieces = edges.slice(1).map((end, index) => wire.subarray(edges[index], end))
  const content: Buffer[] = []
  await pipeline(Readable.from(pieces.filter(piece => piece.length > 0)), stream, async source => {
    for await (const chunk of source) content.push(chunk as Buffer)
  })
  return { content: Buffer.concat(content), trailers: stream.trailers }
}

const unsigned = (chunks: readonly Uint8Array[], trailers: Readonly<Record<string, string>>): Buffer =>
  Buffer.concat([
    ...chunks.flatMap(chunk => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
    Buffer.from(
      `0\r\n${Object.entries(trailers)
        .map(([name, value]) => `${name}:${value}\r\n`)
        .join('')}\r\n`,
    ),
  ])

const key = createSecretKey(Buffer.from('key'))
const seed: Verified = {
  signature: 'a'.repeat(64),
  time: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  key,
}

/** The other side of the decoder, after "Signature calculations: transferring payload in multiple chunks". */
function signed(chunks: readonly Uint8Array[], trailers: Readonly<Record<string, string>>): Buffer {
  let previous = seed.signature
  const sign = (kind: string, rest: string): string => {
    previous = createHmac('sha256', key)
      .update(`AWS4-HMAC-SHA256-${kind}\n${seed.time}\n${seed.scope}\n${previous}\n${rest}`)
      .digest('hex')
    return previous
  }
  const parts = [...chunks, Buffer.alloc(0)].map(chunk => {
    const signature = sign('PAYLOAD', `${hash('sha256', '')}\n${hash('sha256', chunk)}`)
    const head = Buffer.from(`${chunk.length.toString(16)};chunk-signature=${signature}\r\n`)
    return Buffer.concat([head, chunk, Buffer.from(chunk.length > 0 ? '\r\n' : '')])
  })
  const lines = Object.entries(trailers).map(([name, value]) => `${name}:${value}`)
  const trailer =
    lines.length > 0
      ? `x-amz-trailer-signature:${sign('TRAILER', hash('sha256', lines.map(line => `${line}\n`).join('')))}`
      : ''
  return Buffer.concat([
    ...parts,
    Buffer.from(
      [...lines, trailer]
        .filter(Boolean)
        .map(line => `${line}\r\n`)
        .join(''),
    ),
    Buffer.from('\r\n'),
  ])
}

/** Only the last chunk may be small. */
const content = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 4 })
  .map(chunks => chunks.map((chunk, at) => (at < chunks.length - 1 ? Buffer.alloc(8192 + chunk.length, chunk) : chunk)))
const trailers = fc.constantFrom<Readonly<Record<string, string>>[]>({}, { 'x-amz-checksum-crc32': 'AAAAAA==' })
const cuts = fc.array(fc.nat(26_000), { maxLength: 40 })
const optionsFor = (chunks: readonly Uint8Array[], trailing: object, isSigned: boolean): ChunkedOptions => ({
  seed: isSigned ? seed : undefined,
  length: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  announced: Object.keys(trailing),
})

describe('the aws-chunked decoder', () => {
  it('gives the content and the trailers back however the wire is cut', async () => {
    await fc.assert(
      fc.asyncProperty(content, trailers, cuts, fc.boolean(), async (chunks, trailing, at, isSigned) => {
        const wire = (isSigned ? signed : unsigned)(chunks, trailing)
        const found = await decode(
          wire,
          optionsFor(chunks, trailing, isSigned),
          at.map(cut => cut % wire.length),
        )
        assert.deepEqual(found.content, Buffer.concat(chunks))
        assert.deepEqual({ ...found.trailers }, trailing)
      }),
    )
  })

  it('never ends well when a byte of a signed body is changed', async () => {
    await fc.assert(
      fc.asyncProperty(content, trailers, fc.nat(), cuts, async (chunks, trailing, position, at) => {
        const wire = signed(chunks, trailing)
        const spot = position % wire.length
        wire[spot] = (wire[spot] as number) ^ 1
        const outcome = await decode(
          wire,
          optionsFor(chunks, trailing, true),
          at.map(cut => cut % wire.length),
        ).catch(error => error)
        if (outcome instanceof Error) return
        // Only what carries no meaning may change: the case of hexadecimal digits and white space.
        assert.deepEqual(outcome.content, Buffer.concat(chunks))
        assert.deepEqual({ ...outcome.trailers }, trailing)
      }),
    )
  })

  it('refuses a body that is cut, longer or shorter than announced', async () => {
    const chunks = [Buffer.alloc(8192, 'h'), Buffer.from(' world')]
    const options = optionsFor(chunks, {}, false)
    const wire = unsigned(chunks, {})
    for (const end of [0, 1, 3, 5, 6, 8191, 8198, 8199, 8203, wire.length - 5, wire.length - 3])
      await assert.rejects(decode(wire.subarray(0, end), options), { code: 'IncompleteBody' }, `${end}`)
    const others = [8197, 8199].map(length => ({ ...options, length }))
    for (const other of others) await assert.rejects(decode(wire, other), { code: 'IncompleteBody' })
    const longer = Buffer.concat([wire, Buffer.from('more\r\n')])
    for (const body of [longer, Buffer.from('zz\r\n'), Buffer.alloc(20_000, 'a')])
      await assert.rejects(decode(body, options), { code: 'IncompleteBody' })
    await assert.rejects(decode(Buffer.from('5\r\nhelloX\r\n'), { ...options, length: 5 }), { code: 'IncompleteBody' })
  })

  it('refuses chunks of a few bytes but for the last', async () => {
    const chunks = [Buffer.from('hello'), Buffer.from(' world')]
    for (const [wire, isSigned] of [
      [unsigned(chunks, {}), false],
      [signed(chunks, {}), true],
    ] as const)
      await assert.rejects(decode(wire, optionsFor(chunks, {}, isSigned)), {
        code: 'InvalidChunkSizeError',
        status: 403,
        fields: { Chunk: 2, BadChunkSize: 5 },
      })
  })

  it('refuses trailers that were not announced, did not come or are not signed', async () => {
    const chunks = [Buffer.from('x')]
    const trailing = { 'x-amz-checksum-crc32': 'AAAAAA==' }
    await assert.rejects(decode(unsigned(chunks, trailing), optionsFor(chunks, {}, false)), {
      code: 'MalformedTrailerError',
    })
    await assert.rejects(decode(unsigned(chunks, {}), optionsFor(chunks, trailing, false)), {
      code: 'MalformedTrailerError',
    })
    const stripped = Buffer.from(
      signed(chunks, trailing)
        .toString('latin1')
        .replace(/x-amz-trailer-signature:.*\r\n/, ''),
      'latin1',
    )
    await assert.rejects(decode(stripped, optionsFor(chunks, trailing, true)), { code: 'MalformedTrailerError' })
  })

  it('checks the chunk signatures that AWS published', async () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
    let derived: Buffer = Buffer.from(`AWS4${secret}`)
    for (const part of ['20130524', 'us-east-1', 's3', 'aws4_request'])
      derived = createHmac('sha256', derived).update(part).digest()
    const signature = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9'
    const published: Verified = { ...seed, signature, key: createSecretKey(derived) }
    const head = (size: number, chunk: string) => Buffer.from(`${size.toString(16)};chunk-signature=${chunk}\r\n`)
    const end = Buffer.from('\r\n')
    const wire = Buffer.concat([
      ...[
        head(65536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'),
        Buffer.alloc(65536, 'a'),
        end,
      ],
      ...[head(1024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'), Buffer.alloc(1024, 'a'), end],
      ...[head(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'), end],
    ])
    const options = { seed: published, length: 66560, announced: [] }
    assert.equal((await decode(wire, options)).content.length, 66560)
    wire[100] = 98
    await assert.rejects(decode(wire, options), { code: 'SignatureDoesNotMatch' })
  })
})
