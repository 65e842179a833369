import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type {
  AlgorithmValidationProfile,
  InferenceSpecification,
  TrainingSpecification,
} from '@aws-sdk/client-sagemaker'
import { withinFolder } from './within-folder.ts'

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
  /** Path of the sample notebook in the folder, when it has one. */
  readonly notebook?: string
}

/**
 * Reads and checks `DIR/product.json`; without a look at what the image is built from when it `isBuilt`. Throws an Error that says which
 * member is missing or wrong, or that a file which it names lies elsewhere.
 */
export async function readProduct(directory: string, isBuilt = false): Promise<Product> {
  const path = await withinFolder(directory, 'product.json')
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
  const buildContext = await withinFolder(directory, isBuilt ? '' : member('Image.BuildContext'))
  if (!isBuilt && !existsSync(await withinFolder(buildContext, 'Dockerfile')))
    throw new Error(`${path}: there is no Dockerfile in ${buildContext}, which Image.BuildContext names.`)
  const [profile] = member('ValidationSpecification.ValidationProfiles')
  if (!profile) throw new Error(`${path}: ValidationSpecification.ValidationProfiles is empty.`)
  const modelData =
    type === 'ModelPackage' && json.Model?.Artifact && (await withinFolder(directory, json.Model.Artifact))
  if (modelData && !existsSync(modelData))
    throw new Error(`${path}: there is no ${modelData}, which Model.Artifact names.`)
  const notebook = await withinFolder(directory, json.Delivery?.SampleNotebookFile ?? 'notebook.ipynb')
  return {
    ...{ type, directory },
    name: named(path, `${type}Name`, member(`${type}Name`), names.product),
    buildContext,
    repository: named(path, 'Image.Repository', member('Image.Repository'), names.repository),
    description: json[`${type}Description`],
    ...(type === 'Algorithm' && { training: member('TrainingSpecification') }),
    ...(modelData && { modelData }),
    inference: member('InferenceSpecification'),
    profile,
    sampleInput: json.Delivery?.InputProperties?.SampleInput?.RealtimeInferenceText,
    ...(existsSync(notebook) && { notebook: relative(directory, notebook) }),
  }
}

/** As the APIs of SageMaker and ECR have them. They are parts of paths and of the script of an export. */
const names = {
  product: /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/,
  repository: /^(?=.{2,256}$)([a-z0-9]+([._-][a-z0-9]+)*\/)*[a-z0-9]+([._-][a-z0-9]+)*$/,
}

function named(path: string, member: string, value: unknown, pattern: RegExp): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw new Error(`${path}: ${member} is ${JSON.stringify(value)}, which is no name: it must match ${pattern.source}.`)
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
  const root = await withinFolder(directory, prefix)
  if (!existsSync(root)) throw new Error(`The sample data ${root}, which the validation profile names, does not exist.`)
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return files.map(path => ({ key: relative(directory, path), path }))
}
