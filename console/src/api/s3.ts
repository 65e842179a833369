import { S3Client } from '@aws-sdk/client-s3'
import { clientOf, clientOptions } from './clients.ts'

/** By paths, since a bucket's own host name would be another origin, which the page's policy does not allow. */
export const s3 = clientOf(
  region =>
    new S3Client({
      ...clientOptions(region),
      forcePathStyle: true,
      // A File is no stream that the default checksums could be made of.
      requestChecksumCalculation: 'WHEN_REQUIRED',
    }),
)
