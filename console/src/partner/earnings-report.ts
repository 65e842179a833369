import { GetObjectCommand } from '@aws-sdk/client-s3'
import { askMarketplace } from '../api/marketplace.ts'
import { s3 } from '../api/s3.ts'
import { type Month, type Row, rowsOf } from './earnings.ts'

/** A report of a month, written into the bucket by the marketplace and read from there (`docs/reports.md`). */
export async function readReport(
  region: string,
  bucket: string,
  reportType: 'SELLER_USAGE' | 'SELLER_BILLING',
  billingPeriod: Month,
): Promise<Row[]> {
  const { key } = await askMarketplace<{ key: string }>('POST', '/2026-11-20/createReport', {
    ...{ reportType, billingPeriod, destination: { bucket, prefix: 'modelmart-reports' } },
  })
  const { Body } = await s3(region).send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  return rowsOf((await Body?.transformToString()) ?? '')
}
