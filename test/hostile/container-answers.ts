import type { InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime'

/**
 * What a container is to say on its connection: text, how often (for ever below 0) and the seconds after each; then it closes, or waits. Mode
 * `raw` of the contract probe reads it.
 */
export type Steps = readonly (readonly [text: string, times: number, seconds: number] | 'close')[]

interface HostileAnswer {
  readonly steps: Steps
  /** In the message of whoever asked. */
  readonly told: RegExp
  readonly asked?: Partial<InvokeEndpointCommandInput>
}

const mebibyte = 2 ** 20
const head = (...lines: string[]) => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n')
const chunked = head('Transfer-Encoding: chunked')
const once = (text: string): Steps => [[text, 1, 0]]
const closing = (text: string): Steps => [[text, 1, 0], 'close']
/** The text, and the header once more for ever. */
const headersAfter = (text: string): Steps => [
  [text, 1, 0],
  ['X-A: b\r\n', -1, 0],
]

export const plain = once(`${head('Content-Length: 2')}ok`)
/** What has the next container of a pipeline answer so. */
export const saying = (steps: Steps): Steps => {
  const body = JSON.stringify(steps)
  return closing(`${head('Connection: close', `Content-Length: ${Buffer.byteLength(body)}`)}${body}`)
}
export const upgraded = once('HTTP/1.1 101 Switching Protocols\r\nUpgrade: words\r\nConnection: Upgrade\r\n\r\n')
export const endless: Steps = [
  [chunked, 1, 0],
  [`10000\r\n${'x'.repeat(65_536)}\r\n`, -1, 0],
]
/** A part, and then nothing, for ever. */
export const halting = once(`${chunked}2\r\nok\r\n`)
export const announced = closing(`${head('Content-Length: 5368709120')}ok`)
export const brokenOff = closing(`${chunked}9\r\nabc`)

const begins = (id: string, told: RegExp): HostileAnswer => ({
  steps: closing(head(`X-Amzn-SageMaker-New-Session-Id: ${id}; Expires=2099-01-01T00:00:00Z`, 'Content-Length: 0')),
  told,
  asked: { SessionId: 'NEW_SESSION' },
})

const cut = /was closed before the answer was whole/
const fat = /the headers of the answer are too large/
const noHttp = /the answer is no HTTP/

export const hostileAnswers: Readonly<Record<string, HostileAnswer>> = {
  'another protocol': { steps: upgraded, told: cut },
  'a status that comes before an answer': {
    steps: once('HTTP/1.1 199 Soon\r\n\r\n'),
    told: /answers before its answer/,
  },
  'a status below all': {
    steps: once('HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n'),
    told: /answers before its answer/,
  },
  'five gigabytes, announced': { steps: announced, told: cut },
  'no end': { steps: endless, told: /larger than 26214400 bytes/ },
  'headers without an end': { steps: headersAfter('HTTP/1.1 200 OK\r\n'), told: fat },
  'trailers without an end': { steps: headersAfter(`${chunked}2\r\nok\r\n0\r\n`), told: fat },
  'a header of a megabyte': { steps: once(head(`X-A: ${'b'.repeat(mebibyte)}`)), told: fat },
  'an end amid a chunk': { steps: brokenOff, told: cut },
  'nothing, and a close': { steps: ['close'], told: cut },
  'two lengths': { steps: once(head('Content-Length: 2', 'Content-Length: 3')), told: noHttp },
  'a line end in an id': begins('a\r\n b', noHttp),
  'half a line end in an id': begins('a\nb', noHttp),
  'an id of a megabyte': begins('a'.repeat(mebibyte), fat),
  'a long id': begins('a'.repeat(9000), /began a session as "a{300}", not as/),
  'an id that is a path': begins('../a', /began a session as/),
}
