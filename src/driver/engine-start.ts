import { appendFile, readdir, readFile, readlink } from 'node:fs/promises'

/** Of `/proc/PID/stat`, in all builds of Linux that Node runs on. */
const TICKS_PER_SECOND = 100
const STARTTIME_FIELD = 19

interface Process {
  readonly pid: string
  /** Since the machine's start, in ticks; with the PID it is one process only. */
  readonly ticks: number
}

/** Two readings of the same start differ by less. */
const SAME_MS = 1000

/**
 * Tells when the engine that listens on a unix socket was started, as often as was seen, by who holds the socket on this machine;
 * nothing where that is not to be seen: without root, or from within a container. `file` keeps it for the server that comes next.
 */
export const createEngineStarts = (socket: string, file?: string): (() => Promise<readonly Date[]>) => {
  const path = socket.replace(/^unix:\/\//, '')
  let starts: Date[] | undefined
  let last: Process | undefined
  return async () => {
    starts ??= await kept(path, file)
    if (last && (await ticksOf(last.pid)) === last.ticks) return starts
    last = await listener(path)
    if (!last) return starts
    const start = new Date(Date.now() - ((await upSeconds()) - last.ticks / TICKS_PER_SECOND) * 1000)
    if (starts.some(known => Math.abs(known.getTime() - start.getTime()) < SAME_MS)) return starts
    starts.push(start)
    // Where it cannot be kept, as on a full disk, this server knows it all the same.
    if (file) await appendFile(file, `${start.toISOString()} ${path}\n`).catch(() => {})
    return starts
  }
}

/** A line that a full disk has cut off, with what came after it, is none. */
const kept = async (path: string, file: string | undefined): Promise<Date[]> => {
  const lines = file ? (await readFile(file, 'utf8').catch(() => '')).split('\n') : []
  return lines
    .map(line => line.split(' '))
    .filter(([time = '', of]) => of === path && !Number.isNaN(Date.parse(time)))
    .map(([time = '']) => new Date(time))
}

/** With socket activation, process 1 holds the socket too; the engine came after it. */
const listener = async (socketPath: string): Promise<Process | undefined> => {
  const inode = await listeningInode(socketPath)
  if (!inode) return undefined
  const holders: Process[] = []
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name) && name !== '1')) {
    const ticks = (await holds(pid, inode)) ? await ticksOf(pid) : undefined
    if (ticks !== undefined) holders.push({ pid, ticks })
  }
  return holders.sort((one, other) => other.ticks - one.ticks)[0]
}

const LISTENS = '00010000'

/** `/var/run` and `/run` are the same place. */
const listeningInode = async (socketPath: string): Promise<string | undefined> => {
  const same = (path: string) => path.replace(/^\/var\/run\//, '/run/') === socketPath.replace(/^\/var\/run\//, '/run/')
  const lines = (await readFile('/proc/net/unix', 'utf8').catch(() => '')).split('\n')
  const [, , , , , , inode] =
    lines.map(line => line.trim().split(/\s+/)).find(part => part[3] === LISTENS && same(part[7] ?? '')) ?? []
  return inode
}

const holds = async (pid: string, inode: string): Promise<boolean> => {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
  for (const file of files)
    if ((await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')) === `socket:[${inode}]`) return true
  return false
}

/** The name before the numbers may hold spaces and brackets. */
const ticksOf = async (pid: string): Promise<number | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[STARTTIME_FIELD])
}

const upSeconds = async (): Promise<number> => Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0])
