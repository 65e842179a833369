import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  /** 0 when the server closed the connection without a word. */
  readonly status: number
  readonly text: string
}

/** A connection on which anything may be said, whether or not an HTTP client would. */
export async function openRaw(url: string) {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  let text = ''
  socket.setEncoding('latin1').on('data', piece => {
    text += piece
  })
  socket.on('error', () => {})
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  return {
    /** Resolves when the system took it; false when the server has closed. */
    async send(bytes: string | Uint8Array): Promise<boolean> {
      if (socket.destroyed || !socket.writable) return false
      if (!socket.write(bytes)) await Promise.race([once(socket, 'drain').catch(() => {}), closed])
      return !socket.destroyed
    },
    /** The answer, when it is whole. */
    async answer(): Promise<RawAnswer> {
      while (!isWhole(text) && !socket.destroyed) await Promise.race([once(socket, 'data').catch(() => {}), closed])
      return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text }
    },
    close: () => socket.destroy(),
  }
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /content-length: (\d+)/i.exec(text.slice(0, end))?.[1]
  return length !== undefined && text.length >= end + 4 + Number(length)
}

/** `count` HTTP chunks of one byte each, some thousands at a time. */
export function* singleBytes(count: number): Generator<string> {
  const some = '1\r\nx\r\n'.repeat(5000)
  for (let left = count; left > 0; left -= 5000) yield left >= 5000 ? some : '1\r\nx\r\n'.repeat(left)
  yield '0\r\n\r\n'
}
