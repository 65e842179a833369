import type { OperatingSystem } from './operating-system.ts'
import type { PolicySystem, ScanPolicy } from './scan-policy.ts'

/** Why the policy blocks an image of this operating system on this day, and what to do about it; undefined when it passes. */
export function verdict(system: OperatingSystem | undefined, policy: ScanPolicy, now: Date): string | undefined {
  const open = policy.systems.map(known => ({ known, versions: openVersions(known, now) }))
  const all = open.filter(({ versions }) => versions.length > 0).map(({ known, versions }) => listed(known, versions))
  if (!system)
    return `The scan policy "${policy.name}" finds no operating system in the image: it has no readable /etc/os-release. A static program needs only that file of the stage that built it: COPY --from=STAGE /etc/os-release /etc/os-release. ${rebuild(all)}`
  const what = system.version ? `${system.name} (${system.id} ${system.version})` : `${system.name} (${system.id})`
  const same = open.find(({ known }) => known.id === system.id)
  if (!same) return `The scan policy "${policy.name}" does not know ${what}. ${rebuild(all)}`
  const remedy = rebuild(same.versions.length > 0 ? [listed(same.known, same.versions)] : all)
  if (!system.version && !('*' in same.known.releases))
    return `The scan policy "${policy.name}" needs a released version, and the image's os-release of ${what} states none (VERSION_ID). ${remedy}`
  const release = releaseOf(same.known, system.version)
  if (release === undefined) return `The scan policy "${policy.name}" does not list ${what}. ${remedy}`
  const end = same.known.releases[release]
  if (isOpen(end, now)) return undefined
  return `The scan policy "${policy.name}" blocks ${what}: its security updates ended on ${end}. ${remedy}`
}

const releaseOf = ({ releases }: PolicySystem, version: string): string | undefined =>
  Object.keys(releases).find(known => known === '*' || version === known || version.startsWith(`${known}.`))

/** A day counts until its end, in UTC. */
const isOpen = (end: string | undefined, now: Date): boolean =>
  end === undefined || now.toISOString().slice(0, 10) <= end

const openVersions = ({ releases }: PolicySystem, now: Date): string[] =>
  Object.keys(releases).filter(version => isOpen(releases[version], now))

const listed = ({ name }: PolicySystem, versions: readonly string[]): string =>
  versions.includes('*') ? name : `${name} ${versions.join(', ')}`

const rebuild = (systems: readonly string[]): string => `Rebuild it on a supported release: ${systems.join('; ')}.`
