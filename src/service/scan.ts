/** What a look into an image's layers found. */
export interface ScanReport {
  /** `/etc/os-release`: ID and VERSION_ID; undefined when the image has none. */
  readonly operatingSystem?: { readonly id: string; readonly version: string; readonly name: string }
  readonly packages: number
  /** Why the policy blocks the image; undefined when it passes. */
  readonly blocked?: string
}

export interface Scanner {
  /** Looks into an image by its manifest digest. Hostile layers give a blocked report, not an error. */
  scan(digest: string): Promise<ScanReport>
}
