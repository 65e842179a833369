import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Plaintext bytes of a frame; only the last may hold fewer. */
const frameSize = 64 * 1024
const tagSize = 16

/** 7 bytes that, with a frame's number and whether it is the last, make its nonce. New for each stream under one key. */
export type NoncePrefix = Uint8Array

export const newNoncePrefix = (): NoncePrefix => randomBytes(7)

/** Size of what `encryptStream` makes of so many bytes. Even nothing is one frame, so that its absence is noticed. */
export const encryptedSize = (size: number): number => size + frameCount(size) * tagSize

/**
 * Encrypts a stream by AES-256-GCM in frames, as in "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance"
 * (STREAM): changed, missing, repeated or reordered frames do not decrypt, nor does a stream cut at a frame's end.
 */
export async function* encryptStream(
  bytes: AsyncIterable<Uint8Array>,
  key: Uint8Array,
  prefix: NoncePrefix,
): AsyncGenerator<Uint8Array> {
  let frame = 0
  let held: Uint8Array | undefined
  for await (const next of inPieces(bytes, frameSize)) {
    if (held) yield sealFrame(held, key, nonceOf(prefix, frame++, false))
    held = next
  }
  yield sealFrame(held ?? new Uint8Array(0), key, nonceOf(prefix, frame, true))
}

export interface PlaintextRange {
  readonly start: number
  /** Inclusive. */
  readonly end: number
}

/** The bytes of the encrypted stream that hold a range of the plaintext, end inclusive. `size` is the plaintext's. */
export function encryptedRange(size: number, { start, end }: PlaintextRange): PlaintextRange {
  const first = Math.floor(start / frameSize)
  const last = Math.floor(end / frameSize)
  const frame = frameSize + tagSize
  return { start: first * frame, end: Math.min((last + 1) * frame, encryptedSize(size)) - 1 }
}

/**
 * Decrypts what `encryptStream` made: all of it, or the bytes of `encryptedRange` for a range. `size` is the plaintext's. Nothing
 * of a frame is told before it proved genuine. Throws an Error that names the frame when something was changed or is missing.
 */
export async function* decryptStream(
  bytes: AsyncIterable<Uint8Array>,
  key: Uint8Array,
  prefix: NoncePrefix,
  size: number,
  range: PlaintextRange = { start: 0, end: size - 1 },
): AsyncGenerator<Uint8Array> {
  const lastOfAll = frameCount(size) - 1
  const last = Math.max(0, Math.floor(range.end / frameSize))
  let frame = Math.floor(range.start / frameSize)
  for await (const sealed of inPieces(bytes, frameSize + tagSize)) {
    if (frame > last) throw new Error(`The encrypted stream has more than ${last + 1} frames`)
    const opened = openFrame(sealed, key, nonceOf(prefix, frame, frame === lastOfAll), frame)
    const offset = frame * frameSize
    yield opened.subarray(Math.max(0, range.start - offset), Math.max(0, range.end + 1 - offset))
    frame++
  }
  if (frame <= last) throw new Error(`The encrypted stream ends before frame ${frame} of ${last + 1}`)
}

const frameCount = (size: number): number => Math.max(1, Math.ceil(size / frameSize))

function nonceOf(prefix: NoncePrefix, frame: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.set(prefix)
  nonce.writeUInt32BE(frame, 7)
  nonce[11] = last ? 1 : 0
  return nonce
}

function sealFrame(plaintext: Uint8Array, key: Uint8Array, nonce: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function openFrame(sealed: Uint8Array, key: Uint8Array, nonce: Buffer, frame: number): Buffer {
  if (sealed.length < tagSize) throw new Error(`Frame ${frame} of the encrypted stream is cut off`)
  const body = sealed.length - tagSize
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagSize })
  decipher.setAuthTag(sealed.subarray(body))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, body)), decipher.final()])
  } catch (cause) {
    throw new Error(`Frame ${frame} of the encrypted stream is not genuine`, { cause })
  }
}

/** The same bytes in pieces of one size; the last may be shorter. */
async function* inPieces(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let length = 0
  for await (let chunk of bytes) {
    while (length + chunk.length >= size) {
      const rest = size - length
      yield Buffer.concat([...held, chunk.subarray(0, rest)])
      chunk = chunk.subarray(rest)
      held = []
      length = 0
    }
    if (chunk.length > 0) held.push(chunk)
    length += chunk.length
  }
  if (length > 0) yield Buffer.concat(held)
}
