import type { Access } from './access.ts'
import type { Principal } from './principal.ts'

export interface Credential {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Must come with the request when the credential is temporary. */
  readonly sessionToken?: string
  readonly expires?: Date
  readonly principal: Principal
}

/** What a request tells of where it comes from, for conditions. */
export interface Surroundings {
  readonly sourceIp?: string
  readonly secure?: boolean
  readonly region?: string
  readonly userAgent?: string
  readonly referer?: string
  /** Absent when nobody signed. */
  readonly signing?: Signing | undefined
}

/** How a request was signed, as S3's condition keys tell it. */
export interface Signing {
  readonly version: 'AWS' | 'AWS4-HMAC-SHA256'
  readonly type: 'REST-HEADER' | 'REST-QUERY-STRING' | 'POST'
  /** When it was signed, in milliseconds; absent for signature version 2. */
  readonly signed?: number | undefined
  /** The sum of the content that was signed, or UNSIGNED-PAYLOAD and its like. */
  readonly content?: string | undefined
}

/** Identity and access, as other parts use it. */
export interface Iam {
  /** The credential of an access key; undefined when there is none or it is inactive. Cached: asked on every request. */
  credential(accessKeyId: string): Promise<Credential | undefined>

  /** Throws AccessDenied in AWS's wording unless the principal is allowed. Cross-account needs leave on both sides. */
  authorize(principal: Principal, access: Access, surroundings?: Surroundings): Promise<void>

  /**
   * The caller hands this role to a service: it must exist and trust the service, and the caller may `iam:PassRole`. `source` is the
   * ARN of the resource that will act by it, which the trust may be limited to (`aws:SourceArn`). Throws ValidationException or AccessDenied.
   */
  passRole(principal: Principal, roleArn: string, service: string, source?: string): Promise<void>

  /** The role as the principal that a resource acts as. Throws when the role is gone or no longer trusts the service for it. */
  assumeForService(roleArn: string, service: string, sessionName: string, source?: string): Promise<Principal>

  /** What the containers of a workload were given of their role answers ExpiredToken from now on. `workload` is the ARN of a job or endpoint. */
  endWorkloadSessions(workload: string): Promise<void>
}
