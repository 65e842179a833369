import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { removeTree } from '../ground/remove-tree.ts'
import type { Platform } from '../service/context.ts'
import type { Workspace } from '../service/workspace.ts'
import { workloadDirectory } from '../store/data-directory.ts'
import { removeVolumes, volumesBelow } from './volume.ts'

/** Files of workloads in directories of the machine that runs the server (`data-directory.ts` draws them). */
export interface DirectoryWorkspace extends Workspace {
  /** Absolute; made by who writes to it. For what stages and collects files on this machine, and no one else. */
  directory(arn: string): string
}

/** The platform of those. */
export interface LocalPlatform extends Platform {
  readonly workspace: DirectoryWorkspace
}

export function createDirectoryWorkspace(workDirectory: string): DirectoryWorkspace {
  const directory = (arn: string): string => workloadDirectory(workDirectory, arn)
  const marksOf = (arn: string): string => join(directory(arn), 'finished')
  return {
    directory,
    async mark(arn, part) {
      await mkdir(directory(arn), { recursive: true })
      await appendFile(marksOf(arn), `${JSON.stringify(part)}\n`)
    },
    async marks(arn) {
      const text = await readFile(marksOf(arn), 'utf8').catch(() => '')
      return new Set(text.split('\n').slice(0, -1).flatMap(wholeMark))
    },
    remove: arn => removeAll(directory(arn)),
    async removeStrays(known) {
      const found = await workloadsWithVolumes(workDirectory)
      if (found.size === 0) return []
      const kept = new Set((await known()).map(directory))
      const strays = [...found].filter(path => !kept.has(path))
      for (const path of strays) await removeAll(path)
      return strays
    },
  }
}

async function removeAll(directory: string): Promise<void> {
  await removeVolumes(directory)
  await removeTree(directory)
}

/** The work directory itself may be somebody's mount. */
async function workloadsWithVolumes(workDirectory: string): Promise<Set<string>> {
  const inside = (await volumesBelow(workDirectory)).filter(({ below }) => below !== '')
  return new Set(inside.map(({ below }) => join(workDirectory, below.split(sep)[0] as string)))
}

/** A full disk or a crash leaves a part of a line, and what comes after it in the same one: those parts are done again. */
function wholeMark(line: string): string[] {
  try {
    return [JSON.parse(line) as string]
  } catch {
    return []
  }
}
