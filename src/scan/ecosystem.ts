import type { InstalledPackage, ScanReport } from '../service/scan.ts'
import { compareApkVersions } from './apk-version.ts'
import { compareDpkgVersions } from './dpkg-version.ts'
import { compareRpmVersions } from './rpm-version.ts'

/** A distribution of which OSV has records, in all its releases. */
interface Distribution {
  /** ID of os-release. */
  readonly os: string
  /** OSV's name of a release; the group is the release. What it does not match (Ubuntu Pro, extended updates) is not everyone's. */
  readonly osv: RegExp
  readonly key: (release: string) => string
  /** The part of VERSION_ID that names the release. */
  readonly release: RegExp
  readonly compare: (a: string, b: string) => number
  /** Whether records name source packages, or binary packages as well. */
  readonly names: 'source' | 'source and binary'
}

const apk = { compare: compareApkVersions }
const dpkg = { compare: compareDpkgVersions, names: 'source' } as const
const rpm = { compare: compareRpmVersions, names: 'source and binary', release: /^\d+/ } as const

/** Source: Open Source Vulnerability format, "Defined ecosystems". */
const distributions: readonly Distribution[] = [
  { ...dpkg, os: 'debian', osv: /^Debian:(\d+)$/, key: release => `Debian:${release}`, release: /^\d+/ },
  { ...dpkg, os: 'ubuntu', osv: /^Ubuntu:(\d+\.\d+)(?::LTS)?$/, key: r => `Ubuntu:${r}`, release: /^\d+\.\d+/ },
  {
    ...apk,
    names: 'source',
    os: 'alpine',
    osv: /^Alpine:v(\d+\.\d+)$/,
    key: r => `Alpine:v${r}`,
    release: /^\d+\.\d+/,
  },
  { ...rpm, os: 'rhel', osv: /^Red Hat:enterprise_linux:(\d+)(?:[.:].*)?$/, key: release => `Red Hat:${release}` },
  { ...rpm, os: 'rocky', osv: /^Rocky Linux:(\d+)/, key: release => `Rocky Linux:${release}` },
  { ...rpm, os: 'almalinux', osv: /^AlmaLinux:(\d+)/, key: release => `AlmaLinux:${release}` },
  { ...apk, names: 'source and binary', os: 'wolfi', osv: /^Wolfi()$/, key: () => 'Wolfi', release: /^/ },
  {
    ...apk,
    names: 'source and binary',
    os: 'chainguard',
    osv: /^Chainguard()$/,
    key: () => 'Chainguard',
    release: /^/,
  },
]

/** One release of a distribution, as records are stored by. */
export interface Ecosystem extends Pick<Distribution, 'compare' | 'names'> {
  readonly key: string
}

const ecosystem = ({ compare, names, key }: Distribution, release: string): Ecosystem => ({
  key: key(release),
  compare,
  names,
})

/** The ecosystem that a record names; undefined when no image is scanned for it. */
export function recordEcosystem(name: string): Ecosystem | undefined {
  for (const distribution of distributions) {
    const match = distribution.osv.exec(name)
    if (match) return ecosystem(distribution, match[1] as string)
  }
  return undefined
}

/** The ecosystem of an image's packages; undefined when OSV has none for its operating system. */
export function imageEcosystem({ id, version }: NonNullable<ScanReport['operatingSystem']>): Ecosystem | undefined {
  const distribution = distributions.find(known => known.os === id)
  const release = distribution?.release.exec(version)
  return distribution && release ? ecosystem(distribution, release[0]) : undefined
}

/** A name under which records may speak of an installed package, and the version to compare. */
export interface PackageName {
  readonly name: string
  readonly version: string
}

/** The names of one installed package in an ecosystem. */
export function namesIn({ names }: Ecosystem, { name, version, source }: InstalledPackage): PackageName[] {
  const own = { name, version }
  if (!source || source.name === name) return [source ?? own]
  return names === 'source' ? [source] : [own, source]
}
