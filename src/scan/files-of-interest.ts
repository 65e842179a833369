const kibibyte = 1024
const mebibyte = 1024 ** 2

/** What a scan reads of an image, and the most bytes a file of each may have. Everything else passes by unread. */
const files: Readonly<Record<string, number>> = {
  'etc/os-release': 64 * kibibyte,
  'usr/lib/os-release': 64 * kibibyte,
  'etc/alpine-release': 64 * kibibyte,
  'etc/centos-release': 64 * kibibyte,
  'etc/redhat-release': 64 * kibibyte,
  'etc/system-release': 64 * kibibyte,
  'etc/debian_version': 64 * kibibyte,
  'var/lib/dpkg/status': 64 * mebibyte,
  'lib/apk/db/installed': 64 * mebibyte,
  'usr/lib/apk/db/installed': 64 * mebibyte,
  'var/lib/rpm/rpmdb.sqlite': 128 * mebibyte,
  'var/lib/rpm/rpmdb.sqlite-wal': 64 * mebibyte,
  'usr/lib/sysimage/rpm/rpmdb.sqlite': 128 * mebibyte,
  'usr/lib/sysimage/rpm/rpmdb.sqlite-wal': 64 * mebibyte,
  'var/lib/rpm/Packages': 128 * mebibyte,
  'usr/lib/sysimage/rpm/Packages': 128 * mebibyte,
  'var/lib/rpm/Packages.db': 128 * mebibyte,
  'usr/lib/sysimage/rpm/Packages.db': 128 * mebibyte,
}

/** Distroless images have a file for each package. */
export const packageDirectory = 'var/lib/dpkg/status.d'
const mostPackageBytes = mebibyte

const above = (path: string): string[] => {
  const parts = path.split('/')
  return parts.map((_, depth) => parts.slice(0, depth).join('/'))
}

const named = new Set(Object.keys(files))
const ancestors = new Set([packageDirectory, ...[...named, packageDirectory].flatMap(above)])

/** Most bytes of the file by this path that a scan keeps; 0 for a file it does not read. */
export function mostBytesOf(path: string): number {
  const known = files[path]
  if (known !== undefined) return known
  const name = path.startsWith(`${packageDirectory}/`) ? path.slice(packageDirectory.length + 1) : ''
  return name === '' || name.includes('/') || name.endsWith('.md5sums') ? 0 : mostPackageBytes
}

/** True for files that are read and for the directories above them: whatever stands there changes what is found. */
export const isOfInterest = (path: string): boolean => named.has(path) || ancestors.has(path) || mostBytesOf(path) > 0
