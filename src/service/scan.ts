/** A package that a database inside the image lists as installed. */
export interface InstalledPackage {
  readonly database: 'dpkg' | 'apk' | 'rpm'
  readonly name: string
  /** As the database writes it: `1.2-3+deb12u1`, `3.5.1-r0`, `1:2.34-100.el9`. */
  readonly version: string
  readonly architecture: string
}

/** What a look into an image's layers found. */
export interface ScanReport {
  /** Of os-release: ID, VERSION_ID and PRETTY_NAME, or what a release file of older systems says; undefined when the image has none. */
  readonly operatingSystem?: { readonly id: string; readonly version: string; readonly name: string }
  readonly packages: readonly InstalledPackage[]
  /** Package databases that are there and could not be read, in words. */
  readonly unread: readonly string[]
  /** Name of the policy that judged. */
  readonly policy: string
  /** Why the image is blocked: by the policy, or because a layer cannot be read. Undefined when it passes. */
  readonly blocked?: string
}

export interface Scanner {
  /** Looks into an image by its manifest digest. Hostile layers give a blocked report, not an error. */
  scan(digest: string): Promise<ScanReport>
}
