import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Product } from './certify-product.ts'
import { withinFolder } from './within-folder.ts'

/** Members in AWS's own words. */
// biome-ignore lint/suspicious/noExplicitAny: they are handed to AWS Marketplace Catalog as they are, which checks them
export type Details = any

/** What a product's folder says of its listing. */
export interface ListingDocument {
  readonly title: string
  /** Of UpdateInformation, but for the logo's address. */
  readonly information: Details
  /** VersionTitle and ReleaseNotes. */
  readonly version: Details
  /** Of the delivery option, but for the asset and the addresses of files. */
  readonly delivery: Details
  readonly offer: { readonly PricingTerms: Details; readonly LegalTerms: Details; readonly SupportTerms: Details }
  /** Files that the listing links to. */
  readonly notebook: string
  readonly logo: string | undefined
}

const longest = { description: 5000, usage: 10_000, sample: 1000 }

/**
 * Reads the listing of `DIR/product.json`. What it leaves out comes of what else lies in the folder: the long description and the usage
 * of `README.md`, the notebook of `notebook.ipynb`, the logo of `logo.png`, the recommended instance types of the validation profile. Throws
 * an Error that names what is missing.
 */
export async function readListing(product: Product): Promise<ListingDocument> {
  const { directory } = product
  const path = await withinFolder(directory, 'product.json')
  const json: Details = JSON.parse(await readFile(path, 'utf8'))
  for (const name of ['Information', 'Version', 'Offer', 'Delivery'])
    if (json[name] === undefined) throw new Error(`${path}: ${name} is missing, which a listing needs.`)
  const { UsageInstructionsFile = 'README.md', SampleNotebookFile = 'notebook.ipynb', ...delivery } = json.Delivery
  const readme = await textOf(directory, 'README.md')
  const usage = await textOf(directory, UsageInstructionsFile)
  if (!usage) throw new Error(`${path}: there is no ${directory}/${UsageInstructionsFile} that tells buyers the usage.`)
  const notebook = await withinFolder(directory, SampleNotebookFile)
  if (!existsSync(notebook)) throw new Error(`${path}: there is no ${notebook}: buyers want a notebook to begin from.`)
  const logo = await withinFolder(directory, 'logo.png')
  return {
    title: json.Information.ProductTitle,
    information: { ...(readme && { LongDescription: readme.slice(0, longest.description) }), ...json.Information },
    version: json.Version,
    delivery: {
      RecommendedInstanceTypes: recommended(product),
      ...delivery,
      UsageInstructions: usage.slice(0, longest.usage),
    },
    offer: json.Offer,
    notebook,
    logo: existsSync(logo) ? logo : undefined,
  }
}

async function textOf(directory: string, name: string): Promise<string> {
  const path = await withinFolder(directory, name)
  return existsSync(path) ? (await readFile(path, 'utf8')).trim() : ''
}

/** The types that the validation ran on. */
function recommended({ profile }: Product): Details {
  const batch = profile.TransformJobDefinition?.TransformResources?.InstanceType
  const training = profile.TrainingJobDefinition?.ResourceConfig?.InstanceType
  return { BatchTransform: batch, RealtimeInference: batch, ...(training && { Training: training }) }
}

/** What certification answered, where the seller shows no sample of it. */
export function withMeasured(delivery: Details, output: string | undefined): Details {
  if (delivery.OutputProperties?.SampleOutput || !output) return delivery
  const SampleOutput = { BatchTransformText: output.slice(0, longest.sample) }
  return { ...delivery, OutputProperties: { ...delivery.OutputProperties, SampleOutput } }
}
