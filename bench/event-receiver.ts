import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/**
 * A process of its own that receives notifications on bare sockets, since it shares the processors with what it measures: `/r0`, `/r1` … each are a receiver,
 * `/dead` never answers. It visits the links that ask whether it wants them. Asked by `{ ask }`, it tells its parent.
 */
export type Ask = 'begin' | 'count' | 'result'

export interface Count {
  /** How many events each receiver got for the first time, and how often one came again. */
  readonly received: number
  readonly again: number
}

export interface Told extends Count {
  /** Milliseconds from the time that stands in an event to its receipt. */
  readonly p50: number
  readonly p99: number
}

let received = 0
let again = 0
let latencies: number[] = []
const seen = new Map<string, Set<number>>()

const answer = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')

const receive = (socket: Socket) => {
  let waiting: Buffer = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', chunk => {
    waiting = waiting.byteLength === 0 ? chunk : Buffer.concat([waiting, chunk])
    for (let taken = take(socket, waiting); taken > 0; taken = take(socket, waiting)) waiting = waiting.subarray(taken)
  })
}

/** How many bytes the first whole request has; 0 when it is not whole. */
function take(socket: Socket, bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const head = bytes.toString('latin1', 0, end)
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  const whole = end + 4 + length
  if (bytes.byteLength < whole) return 0
  const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'))
  const body = bytes.toString('latin1', end + 4, whole)
  if (head.includes('SubscriptionConfirmation')) {
    fetch(JSON.parse(body).SubscribeURL).catch(error => process.send?.({ error: `${error}` }))
    socket.write(answer)
  } else if (!path.startsWith('/dead')) {
    note(path, body)
    socket.write(answer)
  }
  return whole
}

/** `"n":NUMBER,"at":TIME` stand in the detail, however it is wrapped. */
function note(receiver: string, body: string): void {
  const [, number, at] = /"n\\*":(\d+),\\*"at\\*":(\d+)/.exec(body) ?? []
  const n = Number(number)
  const mine = seen.get(receiver) ?? new Set()
  seen.set(receiver, mine)
  if (mine.has(n)) {
    again++
    return
  }
  mine.add(n)
  received++
  latencies.push(Date.now() - Number(at))
}

process.on('message', ({ ask }: { readonly ask: Ask }) => {
  if (ask === 'begin') {
    ;[received, again, latencies] = [0, 0, []]
    seen.clear()
  }
  process.send?.({ received, again, ...(ask === 'result' && parts()) } satisfies Partial<Told>)
})

/** They are sorted once, at the end: to ask how far it is costs the processors nothing. */
function parts(): Pick<Told, 'p50' | 'p99'> {
  const sorted = Float64Array.from(latencies).sort()
  const part = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return { p50: part(0.5), p99: part(0.99) }
}
process.on('disconnect', () => process.exit())
const ports = await Promise.all(
  Array.from({ length: Number(process.argv[2]) }, async () => {
    const server = createServer({ noDelay: true }, receive).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }),
)
process.send?.({ ports })
