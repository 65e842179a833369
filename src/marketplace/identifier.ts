import { createHash } from 'node:crypto'
import { randomness } from '../ground/randomness.ts'

/** The one catalog there is; the operations refuse any other. */
export const catalog = 'AWSMarketplace'

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

const letters = (bytes: Buffer, count: number): string =>
  Array.from({ length: count }, (_, at) => alphabet[(bytes[at] ?? 0) & 31]).join('')

/** `prefix` and random lower-case letters and digits: `prod-` and 13, `agmt-` and 25. */
export const randomId = (prefix: string, count: number): string => prefix + letters(randomness.bytes(count), count)

/** The same for the same parts, always: ids of what is computed rather than stored. */
export const derivedId = (prefix: string, count: number, ...parts: string[]): string =>
  prefix + letters(createHash('sha512').update(parts.join('\0')).digest(), count)

/** ARNs of the Catalog API name us-east-1 wherever they are asked from. */
export const catalogArn = (account: string, type: string, id: string): string =>
  `arn:aws:aws-marketplace:us-east-1:${account}:${catalog}/${type}/${id}`

/** A listing is a product's public face: the ids differ in their prefix only. */
export const listingId = (product: string): string => `prodview-${product.slice('prod-'.length)}`

export const productOfListing = (listing: string): string => `prod-${listing.slice('prodview-'.length)}`

/** The marketplace's own account, in every region: it holds the copies that buyers use, and gives them their licences. */
export const marketplaceAccount = '865070037744'

/** How buyers see a seller: not by the account number. */
export const sellerProfileId = (account: string): string => derivedId('seller-', 13, account)

/** How sellers know a buyer of a product: not by the account number. */
export const customerIdentifier = (account: string, productCode: string): string =>
  derivedId('', 26, account, productCode)

/** Times of the Catalog API: ISO 8601 to the second. */
export const isoSeconds = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`

/** Ids of versions and delivery options look like UUIDs. */
export function derivedUuid(...parts: string[]): string {
  const hex = Buffer.from(derivedId('', 32, ...parts)).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
