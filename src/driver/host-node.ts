import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { Mount } from './driver.ts'

/** Where containers that get `hostNodeMounts` find Node. */
export const HOST_NODE = '/host-node/node'

/**
 * Mounts that put the Node that runs this server into a container: the binary and the libraries it is linked to. An
 * otherwise empty image then runs scripts of ours, with nothing to download, compile or install. `shown` as for `shownToEngine`.
 */
export const hostNodeMounts = async (shown?: string): Promise<Mount[]> => {
  const libraries = await linkedLibraries(process.execPath)
  const targets = [[process.execPath, HOST_NODE] as const, ...libraries.map(path => [path, path] as const)]
  return Promise.all(
    targets.map(async ([path, target]) => ({ source: await shownToEngine(path, shown), target, readOnly: true })),
  )
}

/**
 * Where the engine finds a file of this program: where it is, or, for a server that is itself in a container, as its copy in `shown`, a directory that has the
 * same path for the engine.
 */
export const shownToEngine = async (path: string, shown: string | undefined): Promise<string> => {
  if (shown === undefined || !isInContainer()) return path
  await mkdir(shown, { recursive: true, mode: 0o755 })
  const copy = join(shown, basename(path))
  // A running probe keeps the one that it has.
  const aside = `${copy}.${process.pid}`
  await copyFile(path, aside)
  await rename(aside, copy)
  return copy
}

/** By the files that Docker and Podman put into the containers that they make. */
const isInContainer = (): boolean => existsSync('/.dockerenv') || existsSync('/run/.containerenv')

const linkedLibraries = async (binary: string): Promise<string[]> => {
  const { stdout } = await promisify(execFile)('ldd', [binary])
  return [...new Set(stdout.match(/(?<=\s)\/\S+/g) ?? [])].filter(path => path !== binary)
}
