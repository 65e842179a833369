import { constants } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { posix } from 'node:path'

export interface GuardedFile {
  /** Below the root, slash-separated. */
  readonly path: string
  /** Open for reading; closed when the next one is asked for. */
  readonly file: FileHandle
}

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * The regular files below a directory that a running container writes to. It may swap any directory for a link at any moment, so
 * each step is opened relative to the one before and never through a link; what is neither file nor directory is passed over.
 */
export async function* guardedFiles(root: string, below = ''): AsyncGenerator<GuardedFile> {
  const directory = await open(root, directoryFlags).catch(gone)
  if (!directory) return
  try {
    const here = `/proc/self/fd/${directory.fd}`
    for (const entry of await readdir(here, { withFileTypes: true })) {
      const path = posix.join(below, entry.name)
      if (entry.isDirectory()) yield* guardedFiles(`${here}/${entry.name}`, path)
      if (!entry.isFile()) continue
      const file = await open(`${here}/${entry.name}`, fileFlags).catch(gone)
      if (!file) continue
      try {
        if ((await file.stat()).isFile()) yield { path, file }
      } finally {
        await file.close()
      }
    }
  } finally {
    await directory.close()
  }
}

/** Removed or replaced since it was listed. */
function gone(error: unknown): undefined {
  if (!['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
}
