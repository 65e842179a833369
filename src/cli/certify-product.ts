import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type {
  AlgorithmValidationProfile,
  InferenceSpecification,
  TrainingSpecification,
} from '@aws-sdk/client-sagemaker'

type ProductType = 'Algorithm' | 'ModelPackage'
const types: readonly ProductType[] = ['Algorithm', 'ModelPackage']

/** A seller's product on disk: `product.json`, the image's build context, sample data. Members in AWS's own words. */
export interface Product {
  readonly type: ProductType
  readonly directory: string
  readonly name: string
  /** Folder with the Dockerfile. */
  readonly buildContext: string
  readonly repository: string
  readonly description?: string
  /** Of an algorithm. */
  readonly training?: TrainingSpecification
  /** Of a model package: its `model.tar.gz`, when it has one. */
  readonly modelData?: string
  readonly inference: InferenceSpecification
  readonly profile: AlgorithmValidationProfile
  readonly sampleInput?: string
}

/**
 * Reads and checks `DIR/product.json`; without a look at what the image is built from when it `isBuilt`. Throws an Error that says which
 * member is missing or wrong.
 */
export async function readProduct(directory: string, isBuilt = false): Promise<Product> {
  const path = join(directory, 'product.json')
  if (!existsSync(path)) throw new Error(`There is no ${path}. See examples/iris-trees/product.json for one to copy.`)
  const json = parse(path, await readFile(path, 'utf8'))
  const type: ProductType = json.ProductType
  if (!types.includes(type))
    throw new Error(`${path}: ProductType must be one of ${types.join(', ')}; it is ${JSON.stringify(type)}.`)
  const member = (name: string) => {
    const value = name.split('.').reduce((at, key) => at?.[key], json)
    if (value === undefined) throw new Error(`${path}: ${name} is missing.`)
    return value
  }
  const buildContext = join(directory, isBuilt ? '' : member('Image.BuildContext'))
  if (!isBuilt && !existsSync(join(buildContext, 'Dockerfile')))
    throw new Error(`${path}: there is no Dockerfile in ${buildContext}, which Image.BuildContext names.`)
  const [profile] = member('ValidationSpecification.ValidationProfiles')
  if (!profile) throw new Error(`${path}: ValidationSpecification.ValidationProfiles is empty.`)
  const modelData = type === 'ModelPackage' && json.Model?.Artifact && join(directory, json.Model.Artifact)
  if (modelData && !existsSync(modelData))
    throw new Error(`${path}: there is no ${modelData}, which Model.Artifact names.`)
  return {
    ...{ type, directory },
    name: member(`${type}Name`),
    buildContext,
    repository: member('Image.Repository'),
    description: json[`${type}Description`],
    ...(type === 'Algorithm' && { training: member('TrainingSpecification') }),
    ...(modelData && { modelData }),
    inference: member('InferenceSpecification'),
    profile,
    sampleInput: json.Delivery?.InputProperties?.SampleInput?.RealtimeInferenceText,
  }
}

// biome-ignore lint/suspicious/noExplicitAny: its members are looked at one by one
function parse(path: string, text: string): any {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`)
  }
}

/** The files below a relative S3 prefix of the product, as keys with their content. */
export async function dataFiles({ directory }: Product, prefix: string): Promise<{ key: string; path: string }[]> {
  const root = join(directory, prefix)
  if (!existsSync(root)) throw new Error(`The sample data ${root}, which the validation profile names, does not exist.`)
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return files.map(path => ({ key: relative(directory, path), path }))
}
