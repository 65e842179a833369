import type { ScanReport } from '../service/scan.ts'
import type { ImageFiles } from './image-files.ts'

export type OperatingSystem = NonNullable<ScanReport['operatingSystem']>

/** What an image is, from os-release or the release files of systems that are older. Undefined when none of them says it. Sources: os-release(5); the distributions' release files. */
export function operatingSystem(files: ImageFiles): OperatingSystem | undefined {
  const text = (path: string): string | undefined => {
    const file = files.find(path)
    return file?.kind === 'file' ? file.content.toString('utf8') : undefined
  }
  const release = text('etc/os-release') ?? text('usr/lib/os-release')
  const named = release === undefined ? undefined : fromOsRelease(release)
  if (named) return named
  for (const path of ['etc/centos-release', 'etc/redhat-release', 'etc/system-release']) {
    const found = fromReleaseLine(text(path) ?? '')
    if (found) return found
  }
  const alpine = text('etc/alpine-release')?.trim()
  if (alpine) return { id: 'alpine', version: short(alpine), name: `Alpine Linux ${short(alpine)}` }
  // Debian had no os-release until version 6.
  const debian = text('etc/debian_version')?.trim()
  return debian ? { id: 'debian', version: short(debian), name: `Debian ${short(debian)}` } : undefined
}

function fromOsRelease(text: string): OperatingSystem | undefined {
  const fields = Object.fromEntries(text.split('\n').flatMap(assignment))
  if (!fields.ID) return undefined
  const version = fields.VERSION_ID ?? ''
  return { id: fields.ID.toLowerCase(), version, name: fields.PRETTY_NAME || `${fields.NAME ?? fields.ID} ${version}` }
}

/** `KEY=value`, quoted as a shell would. */
function assignment(line: string): [string, string][] {
  const match = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim())
  if (!match) return []
  const [, key = '', raw = ''] = match
  const quoted = raw.length > 1 && /^["']/.test(raw) && raw.at(-1) === raw[0]
  return [[key, short((quoted ? raw.slice(1, -1) : raw).replaceAll(/\\(.)/g, '$1'))]]
}

const releaseLines: readonly { pattern: RegExp; id: string }[] = [
  { pattern: /^CentOS\D*release (\d[\d.]*)/, id: 'centos' },
  { pattern: /^Oracle Linux\D*release (\d[\d.]*)/, id: 'ol' },
  { pattern: /^Red Hat Enterprise Linux\D*release (\d[\d.]*)/, id: 'rhel' },
  { pattern: /^Amazon Linux\D*(\d[\d.]*)/, id: 'amzn' },
]

function fromReleaseLine(text: string): OperatingSystem | undefined {
  for (const { pattern, id } of releaseLines) {
    const version = pattern.exec(text)?.[1]
    if (version) return { id, version: short(version), name: short(text.split('\n', 1)[0] as string) }
  }
  return undefined
}

/** Safe to show: the image's own words end up in reasons and listings. */
const short = (value: string): string => value.replaceAll(/\p{C}/gu, ' ').trim().slice(0, 80)
