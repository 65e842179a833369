import { MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import type { Check } from './certify-checks.ts'
import { notebookCheck } from './certify-notebook.ts'
import type { Product } from './certify-product.ts'
import { makeChanges } from './change-set-run.ts'
import { ensureAccessRole } from './ensure-role.ts'
import { newListing, withdrawal } from './listing-changes.ts'
import { type ListingDocument, readListing } from './listing-document.ts'
import { linksOf } from './listing-files.ts'
import { clientSettings, type Publisher } from './publisher.ts'
import { subscribeToTest } from './test-subscription.ts'

/** Executes the sample notebook as a fresh account that has subscribed to this released product, and writes it with its outputs to `output`. */
export async function notebookAsBuyer(
  publisher: Publisher,
  product: Product,
  document: ListingDocument,
  id: string,
  output: string,
): Promise<Check | undefined> {
  const { engine, url, tell } = publisher
  const subscription = await subscribeToTest(publisher, id, document)
  try {
    return await notebookCheck(engine, product, { url, output, ...subscription }, tell)
  } finally {
    await subscription.end()
  }
}

/**
 * The same for what was certified a moment ago and is not listed: it is for the time of the test, under a title of its own, visible to
 * nobody but the accounts that it is offered to, and withdrawn at its end. Says so where the folder tells too little for a listing.
 */
export async function notebookOfCertified(
  publisher: Publisher,
  product: Product,
  arn: string,
  output: string,
): Promise<Check | undefined> {
  if (product.notebook === undefined) return undefined
  const document = await readListing(product).catch((error: Error) => error)
  if (document instanceof Error)
    return { what: 'notebook', good: false, detail: `it is executed as a buyer of a listing. ${document.message}` }
  const catalog = new MarketplaceCatalog(clientSettings(publisher))
  const asset = { type: product.type, arn, role: await ensureAccessRole(publisher) }
  const title = `Test of ${product.name}`
  const links = linksOf(publisher.url, publisher.profile.id, product, document)
  const unlisted = { ...document, title, information: { ...document.information, ProductTitle: title } }
  const { changes } = newListing(unlisted, asset, links, publisher.profile.id)
  const id = (await makeChanges(catalog, changes, publisher.tell)) as string
  try {
    return await notebookAsBuyer(publisher, product, unlisted, id, output)
  } finally {
    await makeChanges(catalog, withdrawal(id), publisher.tell)
  }
}
