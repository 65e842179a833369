import type { InstalledPackage } from '../service/scan.ts'

const mostPackages = 100_000

/**
 * Packages of a dpkg `status` file, or of one file of `status.d`: those whose status is installed, and those without a status.
 * Source: Debian Policy Manual, "Control files and their fields"; dpkg(1).
 */
export function dpkgPackages(content: Buffer): InstalledPackage[] {
  const installed = [...paragraphs(content, ['Package', 'Version', 'Architecture', 'Status', 'Source'])].filter(
    ({ Package, Status }) => Package && (Status === undefined || Status.endsWith(' installed')),
  )
  return installed.map(field => of('dpkg', field.Package, field.Version, field.Architecture, dpkgSource(field)))
}

/** `Source: NAME`, or `Source: NAME (VERSION)` where the source has another version. */
function dpkgSource({ Source, Version = '' }: Record<string, string | undefined>): InstalledPackage['source'] {
  const [, name, version = Version] = /^(\S+)(?: \((\S+)\))?$/.exec(Source ?? '') ?? []
  return name ? { name, version } : undefined
}

/** Packages of apk's `installed` file; `o` is the package that they were built with. Source: Alpine Linux wiki, "Apk spec". */
export const apkPackages = (content: Buffer): InstalledPackage[] =>
  [...paragraphs(content, ['P', 'V', 'A', 'o'])]
    .filter(({ P }) => P)
    .map(({ P, V, A, o }) => of('apk', P, V, A, o && o !== P ? { name: o, version: V ?? '' } : undefined))

const of = (
  database: InstalledPackage['database'],
  name = '',
  version = '',
  architecture = '',
  source?: InstalledPackage['source'],
): InstalledPackage => ({ database, name, version, architecture, ...(source && { source }) })

/** Blank lines part the paragraphs; a line holds `Name: value`. Only the named fields are kept. Linear whatever the content. */
function* paragraphs(content: Buffer, names: readonly string[]): Generator<Record<string, string | undefined>> {
  let fields: Record<string, string> = {}
  let count = 0
  for (let start = 0; start < content.length && count < mostPackages; ) {
    const newline = content.indexOf(0x0a, start)
    const end = newline < 0 ? content.length : newline
    if (end === start && Object.keys(fields).length > 0) {
      yield fields
      fields = {}
      count++
    }
    for (const name of names) {
      const value = fieldOf(content, start, end, name)
      if (value !== undefined) fields[name] = value
    }
    start = end + 1
  }
  if (Object.keys(fields).length > 0) yield fields
}

const longestValue = 256

function fieldOf(content: Buffer, start: number, end: number, name: string): string | undefined {
  const colon = start + name.length
  if (colon >= end || content[colon] !== 0x3a || content.toString('latin1', start, colon) !== name) return undefined
  return content.toString('utf8', colon + 1, Math.min(end, colon + 1 + longestValue)).trim()
}
