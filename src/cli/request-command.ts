import { readProduct } from './certify-product.ts'
import type { CommandContext } from './command-context.ts'
import { readListing } from './listing-document.ts'
import { type GivenValues, type ProductRequests, requestsOf } from './product-requests.ts'

type Given = Partial<Omit<GivenValues, 'accessRole'>>

/** What each request wants to be told. */
const wanted: Readonly<Record<keyof ProductRequests, readonly (keyof Given)[]>> = {
  certification: ['image', 'role', 'bucket'],
  listing: ['asset', 'role', 'links', 'account'],
  publication: ['product'],
}

const isName = (name: string): name is keyof ProductRequests => Object.hasOwn(wanted, name)

/** `modelmart request NAME DIR`: one request of a product as the AWS CLI takes it. Exits 1 with what is missing or wrong. */
export async function requestCommand(
  name: string,
  directory: string,
  given: Given,
  context: Pick<CommandContext, 'out' | 'err'>,
): Promise<void> {
  try {
    if (!isName(name)) throw new Error(`There is no request ${name}. There are ${Object.keys(wanted).join(', ')}.`)
    const missing = wanted[name].filter(value => given[value] === undefined)
    if (missing.length > 0) throw new Error(`${name} wants ${missing.map(value => `--${value}`).join(', ')} too.`)
    const product = await readProduct(directory)
    const document = await readListing(product)
    const values = { ...given, accessRole: given.role } as GivenValues
    context.out.write(`${JSON.stringify(requestsOf(product, document, values)[name])}\n`)
  } catch (error) {
    context.err.write(`modelmart request: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
