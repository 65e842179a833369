import type { ImageScanFinding } from '@aws-sdk/client-ecr'
import type { ImageSource } from '../driver/driver.ts'

/** What looks for vulnerabilities in an image; the composition root gives one when there is one. */
export interface ImageScanner {
  /** Why it can find nothing in whatever image, without a full stop; undefined when it can. */
  unready?(): Promise<string | undefined>
  /** Reads the image; throws when it cannot be judged, and the message becomes the scan's description. */
  scan(
    image: ImageSource,
    signal: AbortSignal,
  ): Promise<{
    readonly findings: readonly ImageScanFinding[]
    /** Age of the vulnerability data. */
    readonly sourceUpdatedAt?: Date
  }>
}
