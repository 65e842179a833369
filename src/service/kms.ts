import type { Principal } from './principal.ts'

export type EncryptionContext = Readonly<Record<string, string>>

/** Key management, as other parts use it. */
export interface Kms {
  /** Calls that a service (`s3`, `ecr`, `sagemaker`) makes for a principal: key policies see it as `kms:ViaService`. */
  via(service: string): KmsKeys
}

/**
 * Data keys under KMS keys. All calls act as the principal: its leave to use the key is checked. They throw KMS's errors:
 * AccessDeniedException, NotFoundException, DisabledException, KMSInvalidStateException, InvalidCiphertextException.
 */
export interface KmsKeys {
  /** A new 32-byte data key under this key (id, ARN or alias), or under the account's `alias/aws/SERVICE` when none is named. */
  generate(as: Principal, region: string, keyId: string | undefined, context: EncryptionContext): Promise<DataKey>
  /**
   * Throws unless the principal may do `action` (without `kms:`) with the key, and the key can be used: for work that the platform
   * does in KMS's stead, such as a volume that never leaves memory.
   */
  require(as: Principal, region: string, keyId: string, action: string): Promise<void>
  /** The data key again. The context must be the same, member by member. */
  open(as: Principal, keyArn: string, wrapped: Uint8Array, context: EncryptionContext): Promise<Uint8Array>
}

export interface DataKey {
  readonly keyArn: string
  /** Never stored. */
  readonly plaintext: Uint8Array
  /** Stored with what it encrypts; names its key itself. */
  readonly wrapped: Uint8Array
}
