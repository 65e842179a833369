/** A package that a database inside the image lists as installed. */
export interface InstalledPackage {
  readonly database: 'dpkg' | 'apk' | 'rpm'
  readonly name: string
  /** As the database writes it: `1.2-3+deb12u1`, `3.5.1-r0`, `1:2.34-100.el9`. */
  readonly version: string
  readonly architecture: string
  /** The source package that it was built of, when that has another name or version. */
  readonly source?: { readonly name: string; readonly version: string }
}

/** In ECR's words. */
export type Severity = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW' | 'INFORMATIONAL' | 'UNDEFINED'

/** A known vulnerability of an installed package. */
export interface Vulnerability {
  /** The CVE, or the id of an advisory on several. */
  readonly name: string
  /** Id of the OSV record that says it. */
  readonly record: string
  /** CVEs that the record is about. */
  readonly cves: readonly string[]
  readonly summary: string
  readonly uri: string
  readonly severity: Severity
  /** CVSS base score. */
  readonly score?: number
  /** CVSS vector of the score, of version 3 or 4. */
  readonly vector?: string
  /** As the distribution names it: the source package, where its records speak of those. */
  readonly package: string
  readonly version: string
  /** The first version without the vulnerability; undefined when there is none yet. */
  readonly fixedIn?: string
  /** Why the operator lets it pass, and until when. */
  readonly exception?: { readonly reason: string; readonly until: Date }
}

/** What a look into an image's layers found. */
export interface ScanReport {
  /** Of os-release: ID, VERSION_ID and PRETTY_NAME, or what a release file of older systems says; undefined when the image has none. */
  readonly operatingSystem?: { readonly id: string; readonly version: string; readonly name: string }
  readonly packages: readonly InstalledPackage[]
  /** Package databases that are there and could not be read, in words. */
  readonly unread: readonly string[]
  /** Worst first; undefined when they were not looked for, which `unchecked` explains. */
  readonly vulnerabilities?: readonly Vulnerability[]
  /** When the newest of the vulnerability data was modified. */
  readonly dataFrom?: Date
  /** Why vulnerabilities were not looked for. */
  readonly unchecked?: string
  /** Name of the policy that judged. */
  readonly policy: string
  /** Why the image is blocked: by the policy, or because a layer cannot be read. Undefined when it passes. */
  readonly blocked?: string
}

export interface Scanner {
  /** Looks into an image by its manifest digest. Hostile layers give a blocked report, not an error. */
  scan(digest: string): Promise<ScanReport>
  /** Reads the layers of images in the background, so that a later scan of them finds that done. Failures wait for that scan. */
  prepare(digests: Iterable<string>): void
}
