import { rm } from 'node:fs/promises'
import { runCommand } from './command.ts'

/**
 * Removes a directory that a container could write to, whatever it holds. Node's own removal does not get past names that are no
 * UTF-8 and paths longer than the kernel takes at once; rm(1) does. No error when it is not there.
 */
export async function removeTree(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true }).catch(() =>
    runCommand('rm', ['-rf', '--one-file-system', '--', directory]),
  )
}
