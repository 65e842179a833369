import { readdir, readFile, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { MEMORY_VOLUME, type Mount } from '../driver.ts'
import { kindOf } from './mount-transfer.ts'

/** Why these mounts cannot be copied into a Pod, for the user to read; undefined when they can. */
export const mountRefusal = async (mounts: readonly Mount[]): Promise<string | undefined> => {
  if (mounts.some(({ target }) => target === '/opt/ml/models'))
    return 'Multi-model endpoints are not offered on Kubernetes: a model that is loaded later does not reach a Pod.'
  const table = await readFile('/proc/self/mounts', 'utf8').catch(() => '')
  for (const mount of mounts) {
    if (isInMemory(await realpath(mount.source), table))
      return 'Volumes that a KMS key encrypts are not offered on Kubernetes: what they hold would lie in clear on the disk of a node.'
    if ((await kindOf(mount)) === 'directory' && (await hasPipe(mount.source)))
      return 'Pipe mode is not offered on Kubernetes: no named pipe reaches into a Pod. Use File mode.'
  }
  return undefined
}

/** Whether a path lies within a volume that the platform keeps in memory; `table` as the kernel tells in /proc/self/mounts. */
export const isInMemory = (path: string, table: string): boolean =>
  table
    .split('\n')
    .map(line => line.split(' '))
    .some(([device, place = '', type]) => {
      const directory = unescaped(place)
      return device === MEMORY_VOLUME && type === 'tmpfs' && `${path}${sep}`.startsWith(`${directory}${sep}`)
    })

/** Source: Linux, fs/proc_namespace.c: what separates is written in octal. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))

const hasPipe = async (directory: string): Promise<boolean> => {
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isFIFO() || (entry.isDirectory() && (await hasPipe(join(directory, entry.name))))) return true
  return false
}
