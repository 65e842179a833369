import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdir, realpath, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Mount } from '../driver.ts'
import type { AgentClient } from './agent-client.ts'
import { frameHead } from './agent-wire.ts'
import { pathsOf } from './mount-files.ts'
import { FilesRefused, openOwnTree } from './own-tree.ts'
import type { BroughtMount, MountKind, PodNotes } from './pod-notes.ts'
import { takeFiles } from './take-files.ts'

/** What a job may leave, and twice that. */
const MOST_ENTRIES = 2_000_000

export const kindOf = async ({ source }: Mount): Promise<MountKind> => {
  const found = await stat(source)
  if (!found.isDirectory() && !found.isFile()) throw new Error(`${source} is neither a directory nor a file`)
  return found.isDirectory() ? 'directory' : 'file'
}

/** All mounts, in order, as `unpackMounts` takes them. */
export const packMounts = async function* (mounts: readonly Mount[]): AsyncGenerator<Buffer> {
  for (const [index, mount] of mounts.entries()) {
    const { source } = mount
    const what =
      (await kindOf(mount)) === 'directory' ? ['-C', source, '.'] : ['-h', '-C', dirname(source), basename(source)]
    const child = spawn('tar', ['-c', '-f', '-', '--numeric-owner', ...what], { stdio: ['ignore', 'pipe', 'pipe'] })
    const complaint = text(child.stderr)
    const closed = once(child, 'close') as Promise<[number]>
    closed.catch(() => undefined)
    try {
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        yield frameHead(index, chunk.length)
        yield chunk
      }
      const [code] = await closed
      if (code !== 0) throw new Error(`${source} could not be packed: ${(await complaint).trim()}`)
    } finally {
      child.kill('SIGKILL')
    }
    yield frameHead(index, 0)
  }
}

/**
 * The source as it really is, made where there is none: another server's machine had it. Throws unless it is within this directory, whatever
 * names and links say.
 */
const within = async (work: string, source: string): Promise<string> => {
  if (resolve(source).startsWith(resolve(work) + sep)) await mkdir(source, { recursive: true })
  const [real, place] = await Promise.all([realpath(source), realpath(work)])
  if (real.startsWith(place + sep)) return real
  throw new Error(`${source} is not among the files of workloads in ${work}`)
}

/** Brings what has changed since the mark to where it belongs within `work`; resolves to the next mark. */
export const bringBack = async (
  agent: AgentClient,
  work: string,
  { index, source, kind }: BroughtMount,
  since: number,
  { volumeBytes: bytes = Number.POSITIVE_INFINITY }: Pick<PodNotes, 'volumeBytes'> = {},
): Promise<number> => {
  const place = await within(work, kind === 'directory' ? source : dirname(source))
  const { mark, archive } = await agent.mount(index, since)
  const tree = await openOwnTree(place)
  try {
    const only = kind === 'file' ? { only: basename(source) } : {}
    await takeFiles(archive, tree, { entries: MOST_ENTRIES, bytes, ...only })
  } catch (error) {
    if (!isFull(error) || (await stat(place)).dev === (await stat(work)).dev) throw error
    throw new FilesRefused('they are more than its volume holds', { cause: error })
  } finally {
    await tree.close()
    archive.destroy()
  }
  return mark
}

/** There is no room for more, whoever is to blame for it. */
export const isFull = (error: unknown): boolean => {
  const { code, cause } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT' || (cause !== undefined && isFull(cause))
}

/** Removes what is not in the Pod any more. */
export const removeGone = async (
  agent: AgentClient,
  work: string,
  { index, source, kind }: BroughtMount,
): Promise<void> => {
  if (kind === 'file') return
  const place = await within(work, source)
  const there = await agent.paths(index)
  for (const path of await pathsOf(place)) {
    if (there.has(path) || !(await lstat(join(place, path)).catch(() => undefined))) continue
    await rm(join(place, path), { recursive: true, force: true })
  }
}
