import { readdirSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = '/sys/fs/cgroup'

/** The hierarchies of this machine: one (cgroup v2), or a folder each (v1). */
const hierarchies = (): readonly string[] => {
  const names = readdirSync(root, { withFileTypes: true })
  if (names.some(({ name }) => name === 'cgroup.controllers')) return [root]
  return names.filter(entry => entry.isDirectory()).map(({ name }) => join(root, name))
}

/** Makes a group in each hierarchy, for a kubelet to make its own below. */
export const makeCgroups = async (group: string): Promise<void> => {
  for (const hierarchy of hierarchies()) await mkdir(join(hierarchy, group), { recursive: true })
}

/** Removes it with all below, whose processes are ending. */
export const removeCgroups = async (group: string): Promise<void> => {
  for (const hierarchy of hierarchies()) await removeTree(join(hierarchy, group))
}

const removeTree = async (folder: string): Promise<void> => {
  const below = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of below) if (entry.isDirectory()) await removeTree(join(folder, entry.name))
  for (let tries = 0; tries < 100; tries++) {
    const removed = await rmdir(folder).then(
      () => true,
      error => error.code === 'ENOENT',
    )
    if (removed) return
    await sleep(100)
  }
  throw new Error(`${folder} still has the processes ${await readFile(join(folder, 'cgroup.procs'), 'utf8')}`)
}
