import { createHash } from 'node:crypto'
import { marketplaceAccount } from '../identifier.ts'

/** The ARN of the licence that an agreement gives its buyer, in AWS License Manager's form: the same for the same agreement. */
export const licenseArn = (agreement: string): string => {
  const digits = createHash('sha256').update(`license\0${agreement}`).digest('hex').slice(0, 32)
  return `arn:aws:license-manager::${marketplaceAccount}:license:l-${digits}`
}
