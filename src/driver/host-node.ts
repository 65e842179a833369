import { runCommand } from '../ground/command.ts'
import type { Mount } from './driver.ts'
import { shownToEngine } from './shown-file.ts'

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

const linkedLibraries = async (binary: string): Promise<string[]> => {
  // Where it is not installed, glibc's loader says the same. Source: ld.so(8), LD_TRACE_LOADED_OBJECTS.
  const { stdout } = await runCommand('ldd', [binary]).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return runCommand(binary, ['--version'], { env: { LD_TRACE_LOADED_OBJECTS: '1' } })
  })
  return [...new Set(stdout.match(/(?<=\s)\/\S+/g) ?? [])].filter(path => path !== binary)
}
