import type { InstalledPackage, ScanReport } from '../service/scan.ts'

const types = { dpkg: 'deb', apk: 'apk', rpm: 'rpm' } as const
const vendors: Readonly<Record<string, string>> = { rhel: 'redhat', amzn: 'amazon', ol: 'oracle' }

/** The purl of a package of an image's operating system. Source: Package URL Specification, types deb, apk and rpm. */
export function packageUrl(
  { database, name, version, architecture }: InstalledPackage,
  system: ScanReport['operatingSystem'],
): string {
  const [, epoch = '', rest = version] = (database === 'rpm' && /^(\d+):(.*)$/.exec(version)) || []
  const qualifiers = {
    arch: architecture,
    distro: system && [system.id, system.version].filter(Boolean).join('-'),
    epoch,
  }
  const path = ['pkg:', types[database], system && `/${encodeURIComponent(vendors[system.id] ?? system.id)}`].join('')
  const query = Object.entries(qualifiers).filter(([, value]) => value)
  const asked = query.map(([key, value]) => `${key}=${encodeURIComponent(value as string)}`).join('&')
  // Names of rpm packages keep their case; those of deb and apk have none to lose.
  return `${path}/${encodeURIComponent(name)}@${encodeURIComponent(rest)}${asked && `?${asked}`}`
}
