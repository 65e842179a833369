import type { ImageScanFinding } from '@aws-sdk/client-ecr'
import type { ImageSource } from '../driver/driver.ts'
import { ecrErrors } from './ecr-errors.ts'

/** What looks for vulnerabilities in an image; the composition root gives one when there is one. */
export interface ImageScanner {
  /** Why it can scan nothing now, without a full stop; undefined when it can. */
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

/** Asking for scans is refused when nothing can do them, rather than promised. */
export async function requireScanner(scanner: ImageScanner | undefined): Promise<void> {
  const reason = scanner ? await scanner.unready?.() : 'This registry has no vulnerability data and cannot scan images'
  if (reason) throw ecrErrors.invalidParameter('imageScanningConfiguration', `${reason}; set scanOnPush to false`)
}
