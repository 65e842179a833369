import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Answer } from '../workload/invocation.ts'
import { type gathering, headOf } from '../workload/invoke.ts'

/**
 * Reads an answer by Node's parser from a connection on which a request was sent already and part of the answer has come. Rejects with
 * undici's codes where it breaks, which `connectionWords` knows, and with what `gathered` throws.
 */
export function readByNode(socket: Socket, begun: Buffer, gathered: ReturnType<typeof gathering>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // What Node would send is sent: it hears the answer alone.
    const asked = request({ method: 'POST', createConnection: () => listening(socket, begun) })
    asked.on('error', error => reject(named(error)))
    // Nobody has asked it to say something before its answer: to an HTTP client that is none.
    asked.on('information', () => asked.destroy(new Error('the container answers before its answer')))
    asked.on('response', (response: IncomingMessage) => {
      response.on('data', chunk => {
        try {
          gathered.add(chunk)
        } catch (error) {
          reject(error)
          asked.destroy()
        }
      })
      response.on('error', error => reject(named(error)))
      response.on('end', () =>
        resolve({ ...headOf(response.statusCode as number, response.headersDistinct), body: gathered.bytes() }),
      )
    })
    asked.end()
  })
}

function listening(socket: Socket, begun: Buffer): Duplex {
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (_chunk, _encoding, done) => done(),
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  stream.push(begun)
  socket.on('data', chunk => {
    if (!stream.push(chunk)) socket.pause()
  })
  socket.on('end', () => stream.push(null))
  socket.on('error', error => stream.destroy(error))
  socket.on('close', () => stream.destroy())
  return stream
}

const codes: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'UND_ERR_HEADERS_OVERFLOW',
  HPE_INVALID_EOF_STATE: 'UND_ERR_SOCKET',
  ECONNRESET: 'UND_ERR_SOCKET',
}

function named(error: NodeJS.ErrnoException): Error {
  const code = codes[error.code ?? '']
  return code ? Object.assign(new Error(error.message, { cause: error }), { code }) : error
}
