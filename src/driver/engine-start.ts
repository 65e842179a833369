import { appendFile, readdir, readFile, readlink } from 'node:fs/promises'

/** Of `/proc/PID/stat`, in all builds of Linux that Node runs on. */
const TICKS_PER_SECOND = 100
const STARTTIME_FIELD = 19
const PARENT_FIELD = 1

interface Process {
  readonly pid: string
  /** Since the machine's start, in ticks; with the PID it is one process only. */
  readonly ticks: number
  readonly parent: string
}

/** Two readings of the same start differ by less. */
const SAME_MS = 1000

/** When an engine was started, and since when the one before it had not answered any more, if somebody listened. */
export interface EngineStart {
  readonly at: Date
  readonly silentSince?: Date
}

/** An engine that is stopped in order closes its socket, then ends its containers, and only then makes way for the next. */
const ORDERLY_MS = 20_000
/** A broken connection is noticed a moment later. */
const NOTICED_MS = 2_000

/** Whether what ran then was ended by this start, or by the stop before it. */
export const endedBy = ({ at, silentSince }: EngineStart, startedAt: Date, finishedAt: Date): boolean => {
  const from = silentSince ? silentSince.getTime() - NOTICED_MS : at.getTime() - ORDERLY_MS
  return startedAt < at && finishedAt.getTime() >= from
}

/**
 * Tells when the engine that listens on a unix socket was started, as often as was seen, by who holds the socket on this machine;
 * nothing where that is not to be seen: without root, or from within a container. `file` keeps it for the server that comes next.
 * Who noticed that the engine fell silent says since when.
 */
export const createEngineStarts = (
  socket: string,
  file?: string,
): ((silentSince?: Date) => Promise<readonly EngineStart[]>) => {
  const path = socket.replace(/^unix:\/\//, '')
  let starts: EngineStart[] | undefined
  let last: Process | undefined
  return async silentSince => {
    starts ??= await kept(path, file)
    if (last && (await ticksOf(last.pid)) === last.ticks) return starts
    last = await listener(path)
    if (!last) return starts
    const start = new Date(Date.now() - ((await upSeconds()) - last.ticks / TICKS_PER_SECOND) * 1000)
    if (starts.some(({ at }) => Math.abs(at.getTime() - start.getTime()) < SAME_MS)) return starts
    const silent = silentSince && silentSince < start ? silentSince : undefined
    starts.push({ at: start, ...(silent && { silentSince: silent }) })
    // Where it cannot be kept, as on a full disk, this server knows it all the same.
    const line = [start.toISOString(), path, ...(silent ? [silent.toISOString()] : [])].join(' ')
    if (file) await appendFile(file, `${line}\n`).catch(() => {})
    return starts
  }
}

/** A line that a full disk has cut off, with what came after it, is none. */
const kept = async (path: string, file: string | undefined): Promise<EngineStart[]> => {
  const lines = file ? (await readFile(file, 'utf8').catch(() => '')).split('\n') : []
  return lines
    .map(line => line.split(' '))
    .filter(([time = '', of]) => of === path && !Number.isNaN(Date.parse(time)))
    .map(([time = '', , silent]) => ({ at: new Date(time), ...(isTime(silent) && { silentSince: new Date(silent) }) }))
}

const isTime = (text: string | undefined): text is string => text !== undefined && !Number.isNaN(Date.parse(text))

/** With socket activation, process 1 holds the socket too; the engine came after it. */
const listener = async (socketPath: string): Promise<Process | undefined> => {
  const inode = await listeningInode(socketPath)
  if (!inode) return undefined
  const holders: Process[] = []
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name) && name !== '1')) {
    const stat = (await holds(pid, inode)) ? await statOf(pid) : undefined
    if (stat) holders.push({ pid, ticks: Number(stat[STARTTIME_FIELD]), parent: stat[PARENT_FIELD] as string })
  }
  // A child that a holder has forked is not an engine of its own.
  const engines = holders.filter(({ parent }) => !holders.some(({ pid }) => pid === parent))
  return engines.sort((one, other) => other.ticks - one.ticks)[0]
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
const statOf = async (pid: string): Promise<string[] | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
}

const ticksOf = async (pid: string): Promise<number> => Number((await statOf(pid))?.[STARTTIME_FIELD])

const upSeconds = async (): Promise<number> => Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0])
