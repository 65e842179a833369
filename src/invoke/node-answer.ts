import { type IncomingMessage, request } from 'node:http'
import { Duplex } from 'node:stream'
import type { Answer } from '../workload/invocation.ts'
import { type gathering, headOf } from '../workload/invoke.ts'
import type { ContainerConnection, Hearing } from './container-connection.ts'

/**
 * Reads an answer by Node's parser from a connection on which a request was sent already and part of the answer has come. Rejects with
 * undici's codes where it breaks, which `connectionWords` knows, and with what `gathered` throws.
 */
export function readByNode(
  connection: ContainerConnection,
  caller: Hearing,
  begun: Buffer,
  gathered: ReturnType<typeof gathering>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // What Node would send is sent: it hears the answer alone.
    const asked = request({ method: 'POST', createConnection: () => listening(connection, caller, begun) })
    asked.on('error', error => reject(named(error)))
    // Nobody has asked it to say something before its answer: to an HTTP client that is none.
    asked.on('information', () => asked.destroy(beforeItsAnswer()))
    // Whatever is no answer, such as another protocol, ends without an error or a response: settled already where there was one.
    asked.on('close', () => reject(brokenOff()))
    asked.on('response', (response: IncomingMessage) => {
      if ((response.statusCode as number) < leastStatus) return void asked.destroy(beforeItsAnswer())
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

/** Of what ends an exchange (RFC 9110, "Status Codes"). */
const leastStatus = 200
const beforeItsAnswer = (): Error => new Error('the container answers before its answer')

/** With undici's code, which `connectionWords` knows. */
export const brokenOff = (): Error => Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })

/** What comes over the connection from here on, and its end. The time is the caller's. */
function listening(connection: ContainerConnection, caller: Hearing, begun: Buffer): Duplex {
  const stream = new Duplex({
    read: () => connection.resume(),
    write: (_chunk, _encoding, done) => done(),
    destroy(error, done) {
      connection.destroy()
      done(error)
    },
  })
  stream.push(begun)
  connection.hand({
    onBytes(bytes) {
      if (!stream.push(Buffer.from(bytes))) connection.pause()
    },
    onEnd(error) {
      if (error) stream.destroy(error as Error)
      else stream.push(null)
    },
    onLate: () => caller.onLate(),
  })
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
