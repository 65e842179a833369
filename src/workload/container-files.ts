import { statfs } from 'node:fs/promises'
import { boundedWalk, usualWalkLimits, type WalkEntry } from '../ground/bounded-walk.ts'
import { ServiceError } from '../ground/errors.ts'

/**
 * What a container has written below a directory, within the bounds of what a job may leave: no more bytes than the file system that
 * holds them has, whatever the files claim. Throws a ServiceError of code `AlgorithmError` that names the limit. Nothing when there is no such directory.
 */
export async function* containerFiles(directory: string, limits = usualWalkLimits): AsyncGenerator<WalkEntry> {
  const room = await statfs(directory).catch(() => undefined)
  if (!room) return
  const refuse = (problem: string) => new ServiceError('AlgorithmError', `The container left ${problem}.`)
  yield* boundedWalk(directory, { ...limits, bytes: room.blocks * room.bsize, refuse })
}
