import { existsSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'

export interface Confinement {
  /** How often the system has ended a process because of it. */
  kills(): Promise<number>
  /** Its processes have ended by then. */
  remove(): Promise<void>
}

const version1 = '/sys/fs/cgroup/memory'
const version2 = '/sys/fs/cgroup'

/** Confines a process, as root, to so many bytes of memory, by a control group of either version; undefined where none may be made. */
export async function confine(pid: number, bytes: number): Promise<Confinement | undefined> {
  const isFirst = existsSync(`${version1}/memory.limit_in_bytes`)
  const directory = `${isFirst ? version1 : version2}/modelmart-hostile-${pid}`
  try {
    if (!isFirst) await writeFile(`${version2}/cgroup.subtree_control`, '+memory')
    await mkdir(directory)
    await writeFile(`${directory}/${isFirst ? 'memory.limit_in_bytes' : 'memory.max'}`, String(bytes))
    await writeFile(`${directory}/cgroup.procs`, String(pid))
  } catch (error) {
    if (['EACCES', 'EROFS', 'ENOENT', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
  return {
    async kills() {
      const text = await readFile(`${directory}/${isFirst ? 'memory.oom_control' : 'memory.events'}`, 'utf8')
      return Number(/^oom_kill (\d+)/m.exec(text)?.[1] ?? 0)
    },
    remove: () => rmdir(directory),
  }
}
