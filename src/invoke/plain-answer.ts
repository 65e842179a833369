import { STATUS_CODES } from 'node:http'
import { inert } from '../gateway/inert.ts'
import { clock } from '../ground/clock.ts'
import type { WireResponse } from '../protocol/message.ts'
import { isFieldValue } from './plain-head.ts'

const nothing = new Uint8Array(0)
const always = Object.entries(inert)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')

/** Bytes of an answer that is whole. */
export const bytesOf = ({ body }: WireResponse): Uint8Array =>
  typeof body === 'string' ? Buffer.from(body) : ((body as Uint8Array | undefined) ?? nothing)

/** The head of an answer as Node writes it. Throws, as Node does, when a value cannot stand in one. */
export function plainAnswerHead({ status, headers }: WireResponse, length: number): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`
  for (const name in headers) {
    const value = headers[name] as string
    if (!isFieldValue(value)) throw new Error(`The header ${name} cannot be sent`)
    text += `${name}: ${value}\r\n`
  }
  return `${text}${always}content-length: ${length}\r\n${dateLine()}Connection: keep-alive\r\nKeep-Alive: timeout=75\r\n\r\n`
}

let second = 0
let date = ''

/** Written anew each second. */
function dateLine(): string {
  const now = Math.floor(clock.now() / 1000)
  if (now !== second) {
    second = now
    date = `Date: ${new Date(now * 1000).toUTCString()}\r\n`
  }
  return date
}
