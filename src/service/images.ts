import type { ImageSource } from '../driver/driver.ts'
import type { Transaction } from '../store/store.ts'
import type { Principal } from './principal.ts'

/** An image that a URI named when it was asked. */
export interface ResolvedImage {
  /** Digest of the manifest for this machine's platform, `sha256:…`. */
  readonly digest: string
  /** Digest that the tag or digest in the URI names: an index's, when it is one. */
  readonly namedDigest: string
  readonly registryAccount: string
  readonly repository: string
  readonly sizeBytes: number
}

/** The registry as jobs and the marketplace use it. */
export interface Images {
  /**
   * Finds `localhost:8600/ACCOUNT/REPOSITORY[:TAG|@DIGEST]` or `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY[:TAG|@DIGEST]`.
   * Throws ValidationException that says which part is unknown or cannot be run, or AccessDenied; never reveals another account's
   * repositories. One of another account must let in `as`, or SageMaker itself for `source`, the ARN of the resource that will use the image.
   */
  resolve(as: Principal, region: string, uri: string, source?: string): Promise<ResolvedImage>
  /** The layers and configuration, for the engine or a scan. Throws when content is missing. */
  source(digest: string): Promise<ImageSource>
  /** Keeps an image's content alive for `owner` (models, endpoints, escrow) whatever happens to its repository; with the commit that makes the owner. */
  hold(tx: Pick<Transaction, 'db'>, digest: string, owner: string): Promise<void>
  release(owner: string): Promise<void>
}
