import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { randomness } from './randomness.ts'

/** Plaintext bytes of a frame; only the last may hold fewer. */
const frameSize = 64 * 1024
const tagSize = 16

/** 16 bytes that are no secret, new for each stream under one key: key and nonces of the stream are derived from both. */
export type StreamSalt = Uint8Array

export const newStreamSalt = (): StreamSalt => randomness.bytes(16)

/** Size of what `encryptStream` makes of so many bytes. Even nothing is one frame, so that its absence is noticed. */
export const encryptedSize = (size: number): number => size + frameCount(size) * tagSize

/** Encrypted bytes are not what was written: changed, reordered, repeated, cut off, or of another key. */
export class NotGenuine extends Error {}

/**
 * Encrypts a stream by AES-256-GCM in frames, as in "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance"
 * (STREAM): changed, missing, repeated or reordered frames do not decrypt, nor does a stream cut at a frame's end.
 */
export async function* encryptStream(
  bytes: AsyncIterable<Uint8Array>,
  key: Uint8Array,
  salt: StreamSalt,
): AsyncGenerator<Uint8Array> {
  const stream = derive(key, salt)
  let frame = 0
  let held: Uint8Array | undefined
  for await (const next of inPieces(bytes, frameSize)) {
    if (held) yield* sealFrame(stream, held, frame++, false)
    held = next
  }
  yield* sealFrame(stream, held ?? new Uint8Array(0), frame, true)
}

export interface PlaintextRange {
  readonly start: number
  /** Inclusive. */
  readonly end: number
}

/** The bytes of the encrypted stream that hold a range of the plaintext, end inclusive. `size` is the plaintext's. */
export function encryptedRange(size: number, { start, end }: PlaintextRange): PlaintextRange {
  const first = Math.floor(start / frameSize)
  const last = Math.max(0, Math.floor(end / frameSize))
  const frame = frameSize + tagSize
  return { start: first * frame, end: Math.min((last + 1) * frame, encryptedSize(size)) - 1 }
}

/**
 * Decrypts what `encryptStream` made: all of it, or the bytes of `encryptedRange` for a range. `size` is the plaintext's. Nothing
 * of a frame is told before it proved genuine. Throws NotGenuine, which names the frame.
 */
export async function* decryptStream(
  bytes: AsyncIterable<Uint8Array>,
  key: Uint8Array,
  salt: StreamSalt,
  size: number,
  range: PlaintextRange = { start: 0, end: size - 1 },
): AsyncGenerator<Uint8Array> {
  const stream = derive(key, salt)
  const lastOfAll = frameCount(size) - 1
  const last = Math.max(0, Math.floor(range.end / frameSize))
  let frame = Math.floor(range.start / frameSize)
  for await (const sealed of inPieces(bytes, frameSize + tagSize)) {
    if (frame > last) throw new NotGenuine(`The encrypted stream has more than ${last + 1} frames`)
    const opened = openFrame(stream, sealed, frame, frame === lastOfAll)
    const offset = frame * frameSize
    yield opened.subarray(Math.max(0, range.start - offset), Math.max(0, range.end + 1 - offset))
    frame++
  }
  if (frame <= last) throw new NotGenuine(`The encrypted stream ends before frame ${frame} of ${last + 1}`)
}

const frameCount = (size: number): number => Math.max(1, Math.ceil(size / frameSize))

interface StreamKey {
  readonly key: Uint8Array
  /** 7 bytes that, with a frame's number and whether it is the last, make its nonce. */
  readonly prefix: Uint8Array
}

/** A key of its own for each stream: random nonces alone would come near a collision with the many parts of an upload. */
function derive(key: Uint8Array, salt: StreamSalt): StreamKey {
  const made = new Uint8Array(hkdfSync('sha256', key, salt, 'modelmart stream', 39))
  return { key: made.subarray(0, 32), prefix: made.subarray(32) }
}

function nonceOf({ prefix }: StreamKey, frame: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.set(prefix)
  nonce.writeUInt32BE(frame, 7)
  nonce[11] = last ? 1 : 0
  return nonce
}

function* sealFrame(stream: StreamKey, plaintext: Uint8Array, frame: number, last: boolean): Generator<Uint8Array> {
  const cipher = createCipheriv('aes-256-gcm', stream.key, nonceOf(stream, frame, last))
  yield cipher.update(plaintext)
  cipher.final()
  yield cipher.getAuthTag()
}

function openFrame(stream: StreamKey, sealed: Uint8Array, frame: number, last: boolean): Buffer {
  if (sealed.length < tagSize) throw new NotGenuine(`Frame ${frame} of the encrypted stream is cut off`)
  const body = sealed.length - tagSize
  const options = { authTagLength: tagSize }
  const decipher = createDecipheriv('aes-256-gcm', stream.key, nonceOf(stream, frame, last), options)
  decipher.setAuthTag(sealed.subarray(body))
  const plaintext = decipher.update(sealed.subarray(0, body))
  try {
    decipher.final()
    return plaintext
  } catch (cause) {
    throw new NotGenuine(`Frame ${frame} of the encrypted stream is not genuine`, { cause })
  }
}

/** The same bytes in pieces of one size; the last may be shorter. */
async function* inPieces(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let length = 0
  for await (let chunk of bytes) {
    while (length + chunk.length >= size) {
      const rest = size - length
      const piece = chunk.subarray(0, rest)
      yield held.length > 0 ? Buffer.concat([...held, piece]) : piece
      chunk = chunk.subarray(rest)
      held = []
      length = 0
    }
    if (chunk.length > 0) held.push(chunk)
    length += chunk.length
  }
  if (length > 0) yield Buffer.concat(held)
}
