import { basename } from 'node:path'
import type { Product } from './certify-product.ts'
import { algorithmRequest, modelPackageRequest } from './certify-subject.ts'
import { blank } from './export-script.ts'
import { newListing, publication } from './listing-changes.ts'
import type { ListingDocument } from './listing-document.ts'

/** What the script sends, with blanks that it fills in. */
export function requestsOf(product: Product, document: ListingDocument) {
  const place = { role: blank('ROLE'), bucket: blank('BUCKET'), suffix: product.name }
  const request = product.type === 'Algorithm' ? algorithmRequest : modelPackageRequest
  const asset = { type: product.type, arn: blank('ASSET'), role: blank('ACCESS_ROLE') }
  const at = blank('LINKS')
  const links = {
    ...{ LogoUrl: `${at}/logo.png`, SampleNotebookUrl: `${at}/${basename(document.notebook)}`, RepositoryUrl: at },
  }
  const Resource = `arn:aws:s3:::${blank('BUCKET')}/${product.name}/public/*`
  return {
    certification: request(place, product, blank('IMAGE'), product.name),
    listing: newListing(document, asset, links, blank('ACCOUNT')).changes,
    publication: publication(blank('PRODUCT')),
    policy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource }],
    },
  }
}

export type ExportRequests = ReturnType<typeof requestsOf>
