import { readFile, stat } from 'node:fs/promises'
import { clock } from '../ground/clock.ts'

/** What the log holds when no other process reads for long is less than half of this (`journal_size_limit` and `wal_autocheckpoint`). */
export const largeLogBytes = 128 * 1024 ** 2
const lookEveryMs = 5000

/** Whether the log of the database grows because another process reads in one go: SQLite keeps for that one what is written meanwhile. */
export interface LogWatch {
  /** Who reads, and how large the log has become; undefined while all is well. */
  problem(): string | undefined
  close(): Promise<void>
}

interface Telling {
  grows(problem: string): void
  /** The read has ended. */
  well(): void
}

/** One look at the log: its bytes, and the processes that read the database, by their numbers and names. */
export interface LogLook {
  readonly bytes: number
  readonly readers: ReadonlyMap<number, string>
}

/**
 * What is wrong by two looks, one after the other. Who reads in both of them reads long. A log that nobody reads stays large until the next
 * write begins it anew; one that goes on growing has a reader that cannot be seen from here, as out of a container.
 */
export function logProblem(before: LogLook | undefined, now: LogLook): string | undefined {
  if (!before || now.bytes < largeLogBytes) return undefined
  const names = [...now.readers].filter(([pid]) => before.readers.has(pid)).map(([pid, name]) => `${pid} (${name})`)
  if (names.length === 0 && now.bytes <= before.bytes) return undefined
  const who = names.length > 0 ? `process ${names.join(', ')}` : 'a process that cannot be seen from here'
  const size = `${Math.floor(now.bytes / 1024 ** 2)} MiB`
  return `Its log has grown to ${size}, since ${who} reads the database in one go. Let that end, or end it.`
}

/** Looks at the log of the database every five seconds. */
export function watchLog(database: string, { grows, well }: Telling): LogWatch {
  let last: LogLook | undefined
  let problem: string | undefined
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    const bytes = await sizeOf(`${database}-wal`)
    const now = { bytes, readers: bytes < largeLogBytes ? new Map() : await readersOf(database) }
    const found = logProblem(last, now)
    last = now
    if (found && !problem) grows(found)
    if (!found && problem) well()
    problem = found
  }

  const timer = clock.every(lookEveryMs, () => {
    looking ??= look()
      // What cannot be looked at is not a reason to serve nobody.
      .catch(() => {})
      .finally(() => {
        looking = undefined
      })
  })
  return {
    problem: () => problem,
    async close() {
      timer[Symbol.dispose]()
      await looking
    },
  }
}

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => ({ size: 0 }))).size

/** Readers hold one of five bytes of the shared memory's file. Source: SQLite's "WAL-mode File Format", "WAL Locks". */
const readLocks = { first: 123, last: 127 }
const lock = /^\d+: POSIX +ADVISORY +READ +(\d+) [^:]+:[^:]+:(\d+) (\d+) (\d+)$/

/** Other processes that are reading the database at this moment, as the kernel tells its locks (proc_locks(5)). */
export async function readersOf(database: string): Promise<Map<number, string>> {
  const [locks, { ino }] = await Promise.all([readFile('/proc/locks', 'utf8'), stat(`${database}-shm`)])
  const pids = locks.split('\n').flatMap(line => {
    const [, pid, inode, first, last] = (lock.exec(line) ?? []).map(Number)
    const reads = inode === ino && Number(first) <= readLocks.last && Number(last) >= readLocks.first
    return reads && pid !== undefined && pid !== process.pid ? [pid] : []
  })
  return new Map(await Promise.all(pids.map(async pid => [pid, await nameOf(pid)] as const)))
}

/** The program's name alone: arguments may hold secrets. */
const nameOf = async (pid: number): Promise<string> =>
  (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'ended')).trim()
