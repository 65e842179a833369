import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FRAME_HEAD_BYTES } from './agent-wire.ts'

/** Frames as they come, each with all of its bytes. */
export const framesOf = async function* (
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ index: number; bytes: Buffer }> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of body) {
    held = Buffer.concat([held, chunk])
    while (held.length >= FRAME_HEAD_BYTES) {
      const end = FRAME_HEAD_BYTES + held.readUInt32BE(2)
      if (held.length < end) break
      yield { index: held.readUInt16BE(0), bytes: held.subarray(FRAME_HEAD_BYTES, end) }
      held = held.subarray(end)
    }
  }
  if (held.length > 0) throw new Error('the files have broken off')
}

/** Lays the mounts that come out in their directories, with owners and modes as they are. Throws unless all `count` came whole. */
export const unpackMounts = async (
  body: AsyncIterable<Uint8Array>,
  count: number,
  directory: string,
): Promise<void> => {
  let tar: Unpacking | undefined
  let done = 0
  try {
    for await (const { index, bytes } of framesOf(body)) {
      if (index !== done) throw new Error('the files came in another order')
      tar ??= await unpackInto(join(directory, String(index)))
      if (bytes.length > 0) {
        await tar.write(bytes)
        continue
      }
      await tar.end()
      tar = undefined
      done += 1
    }
    if (done !== count) throw new Error(`of ${count} mounts ${done} came`)
  } finally {
    tar?.kill()
  }
}

interface Unpacking {
  write(bytes: Buffer): Promise<void>
  end(): Promise<void>
  kill(): void
}

const unpackInto = async (directory: string): Promise<Unpacking> => {
  await mkdir(directory, { recursive: true })
  const child = spawn('tar', ['-x', '-p', '--numeric-owner', '-f', '-', '-C', directory], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', text => {
    complaint = `${complaint}${text}`.slice(-1000)
  })
  const closed = once(child, 'close') as Promise<[number | null]>
  closed.catch(() => undefined)
  child.stdin.on('error', () => undefined)
  const fail = async () => {
    const [code] = await closed
    if (code !== 0) throw new Error(`the files could not be unpacked: ${complaint.trim() || code}`)
  }
  return {
    async write(bytes) {
      if (child.stdin.destroyed) return fail()
      if (!child.stdin.write(bytes))
        await Promise.race([new Promise(resolve => child.stdin.once('drain', resolve)), closed])
    },
    async end() {
      child.stdin.end()
      await fail()
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

/** The directories of a mount as they were last looked at: inodes by path. */
export type SeenDirectories = ReadonlyMap<string, number>

interface Changes {
  readonly paths: string[]
  readonly directories: SeenDirectories
}

/**
 * What changed at this moment or later, by the clock of the Pod, with their directories. A directory that has another name than before has
 * nothing in it that has changed, and all of it is new at its place.
 */
const changesIn = async (directory: string, since: number, before: SeenDirectories): Promise<Changes> => {
  const paths: string[] = []
  const directories = new Map<string, number>()
  const walk = async (path: string, from: number): Promise<void> => {
    for (const entry of await readdir(join(directory, path), { withFileTypes: true }).catch(() => [])) {
      const inner = path ? `${path}/${entry.name}` : entry.name
      const { ctimeMs, ino } = (await lstat(join(directory, inner)).catch(() => undefined)) ?? { ctimeMs: 0, ino: 0 }
      const isKept = entry.isFile() || entry.isDirectory() || entry.isSymbolicLink()
      if (isKept && ctimeMs >= from) paths.push(inner)
      if (!entry.isDirectory()) continue
      directories.set(inner, ino)
      await walk(inner, before.get(inner) === ino ? from : 0)
    }
  }
  await walk('', since)
  return { paths, directories }
}

/** Everything that is there, so that what is not is known too. */
export const pathsOf = async (directory: string): Promise<string[]> => (await changesIn(directory, 0, new Map())).paths

/**
 * Names are taken as they are, whatever they look like; holes stay holes: a file that says it has terabytes and holds nothing would fill the
 * other side's disk.
 */
const PACK = [
  ...['-c', '-f', '-', '--format=gnu', '--sparse', '--numeric-owner', '--no-recursion', '--ignore-failed-read'],
  '--verbatim-files-from',
]

/**
 * An archive of what has changed since then and since the directories were as `before`; resolves when it has been sent, with what is to be said
 * of them the next time. Files that go meanwhile are left out.
 */
export const packChanges = async (
  directory: string,
  since: number,
  to: NodeJS.WritableStream,
  before: SeenDirectories = new Map(),
): Promise<SeenDirectories> => {
  const { paths, directories } = await changesIn(directory, since, before)
  const child = spawn('tar', [...PACK, '-C', directory, '--null', '-T', '-'], { stdio: ['pipe', 'pipe', 'ignore'] })
  child.on('error', error => child.stdout.destroy(error))
  child.stdin.on('error', () => undefined).end(paths.map(path => `./${path}\0`).join(''))
  await pipeline(child.stdout as Readable, to)
  return directories
}
