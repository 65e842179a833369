import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { readProduct } from '../src/cli/certify-product.ts'
import { readListing } from '../src/cli/listing-document.ts'

const root = new URL('../examples/iris-trees/', import.meta.url)

/** `examples/iris-trees/product.json`; members in AWS's own words. */
// biome-ignore lint/suspicious/noExplicitAny: the file's members are handed to AWS's clients as they are
export const product: any = JSON.parse(await readFile(new URL('product.json', root), 'utf8'))

/** The same as `modelmart` reads it. */
export const sold = await readProduct(fileURLToPath(root))
export const listingDocument = await readListing(sold)

export const productFile = (path: string): Promise<Buffer> => readFile(fileURLToPath(new URL(path, root)))

export const trainingData = (): Promise<Buffer> => productFile('data/training/iris.csv')
export const inferenceData = (): Promise<Buffer> => productFile('data/inference/iris.csv')
