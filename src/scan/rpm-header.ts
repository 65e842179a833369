import type { InstalledPackage } from '../service/scan.ts'

const tags: Readonly<Record<number, 'name' | 'version' | 'release' | 'epoch' | 'architecture' | 'sourceFile'>> = {
  1000: 'name',
  1001: 'version',
  1002: 'release',
  1003: 'epoch',
  1022: 'architecture',
  1044: 'sourceFile',
}
const int32 = 4
const string = 6
const mostTags = 65_536

/**
 * The package that a header blob of rpm's database describes; undefined when the blob is damaged, and for signing keys, which rpm
 * keeps among the packages. Source: RPM reference manual, "RPM header format".
 */
export function rpmPackage(blob: Uint8Array): InstalledPackage | undefined {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
  const count = bytes.length >= 8 ? bytes.readUInt32BE(0) : 0
  const data = 8 + 16 * count
  if (count > mostTags || data > bytes.length) return undefined
  const found: Record<string, string> = {}
  for (let entry = 8; entry < data; entry += 16) {
    const tag = tags[bytes.readUInt32BE(entry)]
    if (tag) found[tag] = valueAt(bytes, bytes.readUInt32BE(entry + 4), data + bytes.readUInt32BE(entry + 8))
  }
  const { name, version, release, epoch, architecture = '' } = found
  if (!name || !version || !release || name === 'gpg-pubkey') return undefined
  const full = `${epoch && epoch !== '0' ? `${epoch}:` : ''}${version}-${release}`
  const source = /^(.+)-[^-]+-[^-]+\.(?:no)?src\.rpm$/.exec(found.sourceFile ?? '')?.[1]
  const other = source !== undefined && source !== name
  return {
    database: 'rpm',
    name,
    version: full,
    architecture,
    ...(other && { source: { name: source, version: full } }),
  }
}

function valueAt(bytes: Buffer, type: number, at: number): string {
  if (type === int32 && at + 4 <= bytes.length) return String(bytes.readUInt32BE(at))
  const end = type === string ? bytes.indexOf(0, at) : -1
  return end < 0 ? '' : bytes.toString('utf8', at, Math.min(end, at + 256))
}
