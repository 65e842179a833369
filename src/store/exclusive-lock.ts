import { DatabaseSync } from 'node:sqlite'

/** Source: sqlite.org, "Result and Error Codes". */
const busy = 5

/**
 * Holds a data directory for one server: a lock of the operating system, by way of SQLite, that ends with the process however it
 * ends. Throws when another process holds it, and what SQLite says when the file cannot be used. Returns the release.
 */
export function lockExclusively(path: string): () => void {
  const file = new DatabaseSync(path)
  try {
    file.exec('pragma locking_mode = exclusive; pragma busy_timeout = 0; begin exclusive')
  } catch (cause) {
    file.close()
    if ((cause as { errcode?: number }).errcode !== busy) throw cause
    throw new Error('Another server runs on this data directory. Stop it first, or give --data another directory.', {
      cause,
    })
  }
  return () => file.close()
}
