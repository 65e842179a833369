import type { ImageScanFinding } from '@aws-sdk/client-ecr'
import type { ImageSource } from '../driver/driver.ts'
import { ecrErrors } from './ecr-errors.ts'

/** What looks for vulnerabilities in an image; the composition root gives one when there is one. */
export interface ImageScanner {
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
export function requireScanner(scanner: ImageScanner | undefined): ImageScanner {
  if (scanner) return scanner
  throw ecrErrors.invalidParameter(
    'imageScanningConfiguration',
    'This registry has no vulnerability data and cannot scan images; set scanOnPush to false',
  )
}
