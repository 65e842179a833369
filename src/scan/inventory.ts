import type { InstalledPackage } from '../service/scan.ts'
import { packageDirectory } from './files-of-interest.ts'
import type { ImageFiles } from './image-files.ts'
import { apkPackages, dpkgPackages } from './package-text.ts'
import { rpmPackages } from './rpm-database.ts'

export interface Inventory {
  readonly packages: readonly InstalledPackage[]
  /** What is there and was not read, in words. */
  readonly unread: readonly string[]
}

const rpmDirectories = ['var/lib/rpm', 'usr/lib/sysimage/rpm']
const textDatabases = [
  { path: 'var/lib/dpkg/status', packages: dpkgPackages },
  { path: 'lib/apk/db/installed', packages: apkPackages },
  { path: 'usr/lib/apk/db/installed', packages: apkPackages },
]

/** Everything that the package databases of an image list, each package once. */
export async function inventory(files: ImageFiles): Promise<Inventory> {
  const found: InstalledPackage[] = []
  const unread: string[] = []
  // A directory may be known by two names; what is in it counts once.
  const seen = new Set<unknown>()
  const first = (file: unknown): boolean => file !== undefined && !seen.has(file) && seen.add(file).has(file)

  for (const { path, packages } of textDatabases) {
    const file = files.find(path)
    if (!first(file)) continue
    if (file?.kind === 'file') found.push(...packages(file.content))
    else unread.push(`${path} is not a file that the scan can read`)
  }
  for (const file of files.list(packageDirectory)) if (file.kind === 'file') found.push(...dpkgPackages(file.content))
  for (const directory of rpmDirectories) {
    const database = files.find(`${directory}/rpmdb.sqlite`)
    if (first(database) && database?.kind === 'file') {
      const log = files.find(`${directory}/rpmdb.sqlite-wal`)
      try {
        found.push(...(await rpmPackages(database.content, log?.kind === 'file' ? log.content : undefined)))
      } catch (error) {
        unread.push(`${directory}/rpmdb.sqlite cannot be read: ${(error as Error).message}`)
      }
    }
    for (const [name, format] of unreadFormats)
      if (first(files.find(`${directory}/${name}`)))
        unread.push(`${directory}/${name} is a package database in ${format} format, which the scan does not read`)
  }
  return { packages: found, unread }
}

const unreadFormats = [
  ['Packages', 'Berkeley DB'],
  ['Packages.db', "rpm's ndb"],
] as const
