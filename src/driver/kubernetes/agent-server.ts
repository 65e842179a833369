import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { createServer as createListener, type Server, Socket } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { DOOR } from '../door-listener.ts'
import type { LogLine } from '../driver.ts'
import { createAgentNeed } from './agent-need.ts'
import { AGENT_PORT, type AgentStatus, GATE_PORT, SEALED } from './agent-wire.ts'
import { admittedPeers, admittedServer, nft, plainAddress } from './close-network.ts'
import { confineProgram } from './confine-program.ts'
import { type LineJournal, openLineJournal } from './line-journal.ts'
import { packChanges, pathsOf, unpackMounts } from './mount-files.ts'
import { createMountLooks } from './mount-looks.ts'
import { RUN_PIPES, RUN_SCRIPTS } from './run-scripts.ts'

export interface AgentOptions {
  readonly name: string
  readonly key: Buffer
  readonly mounts: number
  readonly hasDoor: boolean
  readonly directory: string
  readonly mountsDirectory: string
  /** In tests. */
  readonly port?: number
}

const BUSYBOX = '/bin/busybox'
const SILENCE_MS = 30_000
const FILE_CLOCK_MS = 1_000

/**
 * The agent of a Pod: takes the files of a program in, lets it begin, reads what it prints, gives back what it has written. Whoever
 * knows its key may ask it, and it asks nobody. SIGTERM comes when the program has ended: it then waits until nobody needs it, or
 * for the grace of its Pod.
 */
export const serveAgent = async ({
  name,
  key,
  directory,
  mountsDirectory,
  ...options
}: AgentOptions): Promise<void> => {
  const run = join(directory, 'run')
  prepare(run, directory)
  for (let index = 0; index < options.mounts; index++)
    await mkdir(join(mountsDirectory, String(index)), { recursive: true })
  const journal = openLineJournal(join(directory, 'journal'))
  const output = (['stdout', 'stderr'] as const).map(stream => followPipe(join(run, stream), journal, stream))
  const answers = readAnswers(join(run, 'answer'))
  const control = openSync(join(run, 'control'), constants.O_RDWR | constants.O_NONBLOCK)
  const marker = join(directory, 'open')
  const door = createDoor()
  const servers = new Set<string>()
  const need = createAgentNeed(() => process.exit(0))
  const looks = createMountLooks()
  let staging: Promise<unknown> = Promise.resolve()

  const openGate = () => {
    writeFileSync(marker, '')
    createListener(socket => socket.destroy())
      .listen(GATE_PORT)
      .unref()
  }
  if (existsSync(marker)) openGate()

  const status = (): AgentStatus => ({
    open: existsSync(marker),
    ended: journal.ended,
    begun: answers.begun,
    door: door.isOpen(),
    ...(answers.unstarted !== undefined && { unstarted: answers.unstarted }),
  })

  /** Names of hosts and what addresses they have; the file stays the one that the program sees. */
  const admit = async ({ headers }: IncomingMessage) => {
    const { hosts, peers } = JSON.parse(String(headers['x-peers'])) as { hosts: string; peers: string[] }
    writeFileSync(join(directory, 'hosts'), hosts)
    await nft(admittedPeers(peers))
  }

  const stage = async (request: IncomingMessage) => {
    request.setTimeout(SILENCE_MS, () => request.destroy(new Error('nothing came for a while')))
    await unpackMounts(request, options.mounts, mountsDirectory)
    await admit(request)
    openGate()
  }

  const tell = (word: string) => void writeSync(control, `${word}\n`)
  let killAt = Number.POSITIVE_INFINITY
  /** Whoever is told again by another server goes on as was told first, unless it is to end sooner. */
  const stop = (graceSeconds: number) => {
    if (graceSeconds > 0) tell('TERM')
    const at = Date.now() + graceSeconds * 1000
    if (at >= killAt) return
    killAt = at
    setTimeout(() => killAt === at && tell('KILL'), graceSeconds * 1000)
  }

  const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse, url: URL) => unknown>> = {
    'GET /status': () => status(),
    'POST /stage': async request => {
      // Two servers at once, or one that was started anew: whoever comes first brings the files, and if it breaks off, the next does.
      const mine = staging.then(() => (existsSync(marker) ? void request.resume() : stage(request)))
      staging = mine.catch(() => undefined)
      await mine
      return status()
    },
    'POST /peers': async request => {
      await admit(request)
      return {}
    },
    'GET /begun': async () => {
      await answers.heard
      return status()
    },
    'POST /stop': (_, __, url) => {
      stop(Number(url.searchParams.get('grace')))
      return {}
    },
    'GET /peak': async () => {
      tell('PEAK')
      return { peak: await answers.peak() }
    },
    'GET /logs': async (_, response, url) => {
      const from = Number(url.searchParams.get('from'))
      const gone = new AbortController()
      response.on('close', () => gone.abort())
      response.writeHead(200, { 'x-from': String(journal.beginning(from)) }).flushHeaders()
      for await (const chunk of journal.read(from, gone.signal))
        if (!response.write(chunk)) await Promise.race([onceOf(response, 'drain'), onceOf(response, 'close')])
      if (gone.signal.aborted) return
      response.end()
      need.read()
    },
    'GET /mount': async (_, response, url) => {
      const index = Number(url.searchParams.get('index'))
      // The times of files are told by a clock that is some milliseconds late.
      const mark = Date.now() - FILE_CLOCK_MS
      response.writeHead(200, { 'x-mark': String(mark) }).flushHeaders()
      await looks.since(index, Number(url.searchParams.get('since')), mark, (since, before) =>
        packChanges(join(mountsDirectory, String(index)), since, response, before),
      )
    },
    'GET /paths': (_, __, url) => pathsOf(join(mountsDirectory, String(Number(url.searchParams.get('index'))))),
    'POST /collected': (_, __, url) => {
      need.collected()
      if (url.searchParams.get('last') === 'true') need.read()
      return {}
    },
    'POST /release': () => {
      need.released()
      return {}
    },
  }

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    response.once('close', need.asked())
    const url = new URL(request.url ?? '/', 'https://agent')
    const route = routes[`${request.method} ${url.pathname}`]
    try {
      if (!route) throw new Error(`no such thing: ${request.method} ${url.pathname}`)
      const body = await route(request, response, url)
      if (!response.headersSent) response.end(JSON.stringify(body))
    } catch (error) {
      if (response.headersSent) response.destroy()
      else response.writeHead(500).end(JSON.stringify({ problem: (error as Error).message }))
    }
  }

  const server = createServer({
    ...SEALED,
    pskCallback: (_, identity) => (identity === name ? key : null),
    pskIdentityHint: name,
    requestTimeout: 0,
    keepAliveTimeout: 0,
  })
  server.on('request', (request, response) => void answer(request, response))
  server.on('upgrade', (request, socket) =>
    request.url === '/door' && options.hasDoor ? door.attach(socket as Socket) : socket.destroy(),
  )
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.setNoDelay(true)
    const address = socket.remoteAddress ?? ''
    if (!address || servers.has(plainAddress(address))) return
    servers.add(plainAddress(address))
    nft(admittedServer(address)).catch(error => process.stderr.write(`${error}\n`))
  })
  process.on('SIGTERM', () => {
    if (!existsSync(marker)) process.exit(0)
    for (const drain of output) drain()
    journal.end()
    need.ended()
  })
  server.listen(options.port ?? AGENT_PORT)
}

const prepare = (run: string, directory: string): void => {
  mkdirSync(run, { recursive: true, mode: 0o755 })
  if (!existsSync(join(run, 'busybox'))) copyFileSync(BUSYBOX, join(run, 'busybox'))
  chmodSync(join(run, 'busybox'), 0o755)
  writeFileSync(join(run, 'confine'), confineProgram())
  chmodSync(join(run, 'confine'), 0o755)
  for (const [name, script] of Object.entries(RUN_SCRIPTS)) writeFileSync(join(run, name), script)
  for (const pipe of RUN_PIPES) {
    const path = join(run, pipe)
    if (!existsSync(path)) execFileSync(BUSYBOX, ['mkfifo', path])
    chmodSync(path, 0o666)
  }
  if (!existsSync(join(directory, 'hosts'))) writeFileSync(join(directory, 'hosts'), '127.0.0.1 localhost\n')
}

/** Reads a pipe into the journal; what is returned reads what is in it still, for writers that are gone. */
const followPipe = (path: string, journal: LineJournal, stream: LogLine['stream']): (() => void) => {
  const flags = constants.O_RDWR | constants.O_NONBLOCK
  const socket = new Socket({ fd: openSync(path, flags), readable: true, writable: false })
  socket.on('data', bytes => journal.append(stream, Date.now(), bytes))
  socket.on('error', () => undefined)
  return () => {
    socket.pause()
    const fd = openSync(path, flags)
    const buffer = Buffer.alloc(1 << 16)
    for (;;) {
      const length = readNow(fd, buffer)
      if (length === 0) break
      journal.append(stream, Date.now(), buffer.subarray(0, length))
    }
    closeSync(fd)
  }
}

const readNow = (fd: number, buffer: Buffer): number => {
  try {
    return readSync(fd, buffer)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
    throw error
  }
}

interface Answers {
  readonly begun: boolean
  readonly unstarted: number | undefined
  /** Whether the program has begun or not. */
  readonly heard: Promise<void>
  peak(): Promise<number | undefined>
}

const PEAK_PATIENCE_MS = 2_000

/** What is said from beside the program, which is no more than a seller could say: it is about that program alone. */
const readAnswers = (path: string): Answers => {
  const socket = new Socket({
    fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK),
    ...{ readable: true, writable: false },
  })
  const heard = Promise.withResolvers<void>()
  const peaks = new Set<(bytes: number) => void>()
  let [begun, unstarted, rest] = [false, undefined as number | undefined, '']
  socket
    .on('error', () => undefined)
    .on('data', bytes => {
      const lines = (rest + bytes).split('\n')
      rest = (lines.pop() ?? '').slice(0, 1000)
      for (const line of lines) {
        const [word, number] = line.split(' ')
        // The first word holds: who stands by may take a process that could not begin and is not cleared away yet for one that did.
        if (word === 'begun' && unstarted === undefined) begun = true
        if (word === 'unstarted' && !begun) unstarted = Number(number) || 127
        if (word === 'begun' || word === 'unstarted') heard.resolve()
        if (word === 'peak') for (const hear of peaks) hear(Number(number))
      }
    })
  return {
    get begun() {
      return begun
    },
    get unstarted() {
      return unstarted
    },
    heard: heard.promise,
    async peak() {
      const { promise, resolve } = Promise.withResolvers<number | undefined>()
      peaks.add(resolve)
      const timer = setTimeout(() => resolve(undefined), PEAK_PATIENCE_MS)
      return promise.finally(() => {
        clearTimeout(timer)
        peaks.delete(resolve)
      })
    },
  }
}

/** The platform's door: open as long as the server waits at the other end, a connection for each visitor. */
const createDoor = () => {
  const waiting: Socket[] = []
  const attached = new Set<Socket>()
  let listener: Server | undefined
  const visit = (visitor: Socket) => {
    const socket = waiting.shift()
    if (!socket) return visitor.destroy()
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: door\r\n\r\n')
    visitor.on('error', () => socket.destroy()).on('close', () => socket.destroy())
    visitor.pipe(socket).pipe(visitor)
  }
  return {
    isOpen: () => listener?.listening ?? false,
    attach(socket: Socket) {
      waiting.push(socket)
      attached.add(socket)
      listener ??= createListener(visit).listen(DOOR.port, DOOR.host)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          attached.delete(socket)
          const at = waiting.indexOf(socket)
          if (at >= 0) waiting.splice(at, 1)
          if (attached.size > 0) return
          listener?.close()
          listener = undefined
        })
    },
  }
}

const onceOf = (response: ServerResponse, event: string): Promise<void> =>
  new Promise(resolve => response.once(event, () => resolve()))
