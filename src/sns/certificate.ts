import { type KeyObject, sign } from 'node:crypto'

/** One value of ASN.1 in its distinguished encoding (ITU-T X.690). */
function value(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const bytes = content.length.toString(16)
  const long = Buffer.from(bytes.length % 2 === 0 ? bytes : `0${bytes}`, 'hex')
  const length =
    content.length < 128 ? Buffer.from([content.length]) : Buffer.concat([Buffer.from([128 + long.length]), long])
  return Buffer.concat([Buffer.from([tag]), length, content])
}

const sequence = (...parts: readonly Buffer[]): Buffer => value(0x30, ...parts)
const bits = (content: Buffer, unused = 0): Buffer => value(0x03, Buffer.from([unused]), content)
const identifier = (hex: string): Buffer => value(0x06, Buffer.from(hex, 'hex'))

/** Object identifiers, encoded (RFC 5280, RFC 4055). */
const sha256WithRsa = sequence(identifier('2a864886f70d01010b'), value(0x05))
const commonName = identifier('550403')
const keyUsage = identifier('551d0f')
const basicConstraints = identifier('551d13')

const named = (name: string): Buffer => sequence(value(0x31, sequence(commonName, value(0x0c, Buffer.from(name)))))

/** YYYYMMDDhhmmssZ; of years before 2050 RFC 5280 wants two digits. */
function time(at: Date): Buffer {
  const text = `${at.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
  return at.getUTCFullYear() < 2050 ? value(0x17, Buffer.from(text.slice(2))) : value(0x18, Buffer.from(text))
}

interface Subject {
  readonly name: string
  /** A positive number of up to 20 bytes. */
  readonly serial: Buffer
  readonly from: Date
  readonly to: Date
}

/** A certificate of an RSA key by itself, for nothing but signatures (RFC 5280), PEM. */
export function selfSigned(
  { name, serial, from, to }: Subject,
  keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
): string {
  const extensions = sequence(
    sequence(basicConstraints, value(0x01, Buffer.from([0xff])), value(0x04, sequence())),
    sequence(keyUsage, value(0x01, Buffer.from([0xff])), value(0x04, bits(Buffer.from([0x80]), 7))),
  )
  const content = sequence(
    value(0xa0, value(0x02, Buffer.from([2]))),
    value(0x02, Buffer.concat([Buffer.from([0x01]), serial])),
    sha256WithRsa,
    named(name),
    sequence(time(from), time(to)),
    named(name),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    value(0xa3, extensions),
  )
  const signature = sign('sha256', content, keys.privateKey)
  const lines =
    sequence(content, sha256WithRsa, bits(signature))
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
