/**
 * Runs inside the probe container, alone: no imports but Node's own. Makes the attempts it is given in `ATTEMPTS` and
 * prints one JSON line for each, and one with what the program `CALLS` has printed, in base 64. With `LISTEN`, it also waits for a
 * connection from the host, which may bring further attempts, and makes those.
 */
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { connect, createServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

/** One way out: open a TCP connection, or have a datagram answered (a DNS question, which any listener may answer). */
export interface Attempt {
  readonly protocol: 'tcp' | 'dns'
  readonly host: string
  readonly port: number
  /** What an answer would mean, in words. */
  readonly what: string
}

export interface AttemptResult extends Attempt {
  readonly succeeded: boolean
}

const PATIENCE_MS = 1_500

const question = (name: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x4d, 0x6d, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...name.split('.').map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0, 0, 1, 0, 1]),
  ])

const openTcp = (host: string, port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host, port, timeout: PATIENCE_MS })
    const end = (succeeded: boolean) => {
      socket.destroy()
      resolve(succeeded)
    }
    socket.on('connect', () => end(true))
    socket.on('timeout', () => end(false))
    socket.on('error', () => end(false))
  })

/** The answer code that a resolver gives when it cannot ask anybody. */
const SERVER_FAILURE = 2
const REFUSED = 5

const askDns = (host: string, port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const end = (succeeded: boolean) => {
      clearTimeout(timer)
      socket.close()
      resolve(succeeded)
    }
    const timer = setTimeout(() => end(false), PATIENCE_MS)
    socket.on('message', answer => {
      const code = (answer[3] ?? 0) & 15
      // The engine's own resolver within the container may say that it knows nothing; that has not left the container.
      end(!(host.startsWith('127.') && (code === SERVER_FAILURE || code === REFUSED)))
    })
    socket.on('error', () => end(false))
    socket.send(question('example.com'), port, host)
  })

const make = async (attempt: Attempt): Promise<void> => {
  const succeeded = await (attempt.protocol === 'tcp' ? openTcp : askDns)(attempt.host, attempt.port)
  const result: AttemptResult = { ...attempt, succeeded }
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

const makeAll = (json: string) => Promise.all((JSON.parse(json) as Attempt[]).map(make))

const attemptsOfHost = (port: number): Promise<Socket> =>
  new Promise(resolve => {
    const server = createServer({ allowHalfOpen: true }, socket => {
      server.close()
      resolve(socket)
    }).listen(port)
  })

const furtherAttempts = async (port: number): Promise<void> => {
  const socket = await attemptsOfHost(port)
  await makeAll(await text(socket))
  socket.end()
}

const { ATTEMPTS = '[]', CALLS, LISTEN } = process.env
if (CALLS) process.stdout.write(`${JSON.stringify({ calls: execFileSync(CALLS).toString('base64') })}\n`)
await Promise.all([makeAll(ATTEMPTS), LISTEN && furtherAttempts(Number(LISTEN))])
