import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../ground/remove-tree.ts'
import type { Workspace } from '../service/workspace.ts'
import { workloadDirectory } from '../store/data-directory.ts'
import { removeVolumes } from './volume.ts'

/** Files of workloads in directories of the machine that runs the server (`data-directory.ts` draws them). */
export function createDirectoryWorkspace(workDirectory: string): Workspace {
  const marksOf = (arn: string): string => join(workloadDirectory(workDirectory, arn), 'finished')
  return {
    async mark(arn, part) {
      await mkdir(workloadDirectory(workDirectory, arn), { recursive: true })
      await appendFile(marksOf(arn), `${JSON.stringify(part)}\n`)
    },
    async marks(arn) {
      const text = await readFile(marksOf(arn), 'utf8').catch(() => '')
      return new Set(text.split('\n').slice(0, -1).flatMap(wholeMark))
    },
    async remove(arn) {
      const directory = workloadDirectory(workDirectory, arn)
      await removeVolumes(directory)
      await removeTree(directory)
    },
  }
}

/** A full disk or a crash leaves a part of a line, and what comes after it in the same one: those parts are done again. */
function wholeMark(line: string): string[] {
  try {
    return [JSON.parse(line) as string]
  } catch {
    return []
  }
}
