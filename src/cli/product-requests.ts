import { basename } from 'node:path'
import type { Product } from './certify-product.ts'
import { algorithmRequest, modelPackageRequest } from './certify-subject.ts'
import { newListing, publication } from './listing-changes.ts'
import type { ListingDocument } from './listing-document.ts'

/** What a product's requests name that its folder does not tell. */
export interface GivenValues {
  readonly image: string
  /** S3 URI of a model package's model, where it is not in the image. */
  readonly artifact?: string
  /** ARN of the role that validates, and of the one by which the Marketplace copies. */
  readonly role: string
  readonly accessRole: string
  /** Holds the sample data below the product's name. */
  readonly bucket: string
  /** ARN of what was certified. */
  readonly asset: string
  /** Address below which the logo and the notebook lie. */
  readonly links: string
  readonly account: string
  /** The listing's id. */
  readonly product: string
}

/** The requests of AWS's APIs that certify and list a product, made of its folder and of these values. */
export function requestsOf(product: Product, document: ListingDocument, given: GivenValues) {
  const place = { role: given.role, bucket: given.bucket, suffix: product.name }
  const asset = { type: product.type, arn: given.asset, role: given.accessRole }
  const links = {
    LogoUrl: `${given.links}/logo.png`,
    SampleNotebookUrl: `${given.links}/${basename(document.notebook)}`,
    RepositoryUrl: given.links,
  }
  return {
    certification:
      product.type === 'Algorithm'
        ? algorithmRequest(place, product, given.image, product.name)
        : modelPackageRequest(place, product, sourceOf(given), product.name),
    listing: newListing(document, asset, links, given.account).changes,
    publication: publication(given.product),
  }
}

const sourceOf = ({ image, artifact }: GivenValues) => ({ image, ...(artifact && { artifact }) })

export type ProductRequests = ReturnType<typeof requestsOf>
