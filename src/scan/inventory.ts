import type { InstalledPackage } from '../service/scan.ts'
import { packageDirectory } from './files-of-interest.ts'
import type { ImageFiles } from './image-files.ts'
import { apkPackages, dpkgPackages } from './package-text.ts'
import { berkeleyPackages, ndbPackages, rpmPackages } from './rpm-database.ts'

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
  for (const directory of rpmDirectories)
    for (const [name, packages] of Object.entries(rpmDatabases)) {
      const path = `${directory}/${name}`
      const file = files.find(path)
      if (!first(file)) continue
      try {
        found.push(...(await packages(file?.kind === 'file' ? file.content : undefined, files, path)))
      } catch (error) {
        unread.push(`${path} cannot be read: ${(error as Error).message}`)
      }
    }
  return { packages: found, unread }
}

/** By file name. The content is undefined for what is no plain file. */
const rpmDatabases: Readonly<Record<string, (content: Buffer | undefined, files: ImageFiles, path: string) => Read>> = {
  'rpmdb.sqlite': (content, files, path) => {
    const log = files.find(`${path}-wal`)
    return rpmPackages(plain(content), log?.kind === 'file' ? log.content : undefined)
  },
  Packages: content => berkeleyPackages(plain(content)),
  'Packages.db': content => ndbPackages(plain(content)),
}
type Read = InstalledPackage[] | Promise<InstalledPackage[]>

function plain(content: Buffer | undefined): Buffer {
  if (content) return content
  throw new Error('it is not a file that the scan can read')
}
