import type { Descriptor } from './manifest.ts'

const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  s390x: 's390x',
}

/** This machine's architecture in the words of image indexes (Go's). */
export const machineArchitecture: string = architectures[process.arch] ?? process.arch

/** The entry of an index for Linux on this architecture; undefined when none is. The plainest variant wins. */
export function pickPlatform(manifests: readonly Descriptor[], architecture: string): Descriptor | undefined {
  const fitting = manifests.filter(({ platform }) => platform?.os === 'linux' && platform.architecture === architecture)
  return fitting.find(({ platform }) => !platform?.variant) ?? fitting[0]
}

/** What an index offers, in words for an error. */
export const platformsOf = (manifests: readonly Descriptor[]): string =>
  manifests
    .map(({ platform }) => [platform?.os, platform?.architecture, platform?.variant].filter(Boolean).join('/'))
    .filter(name => name !== '')
    .join(', ') || 'none'
