import type { ContainerDefinition } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'

/** Where a container's `/opt/ml/model` comes from: the account's own S3, or what the marketplace holds for a product. */
export type ModelData =
  /** A `.tar.gz`. */
  | { readonly kind: 's3'; readonly uri: string }
  | { readonly kind: 'held'; readonly name: string }
  /** Files as they are: one object, or all below a prefix that ends with a slash. */
  | { readonly kind: 's3-files'; readonly uri: string }

/** Archives below a prefix, of which the caller of an invocation names one. */
export interface ModelPrefix {
  /** `s3://BUCKET/PREFIX/`. */
  readonly uri: string
  /** Whether a model stays loaded when nobody asks it: `ModelCacheSetting`. */
  readonly keeps: boolean
}

/** One container of a model as it runs. */
export interface ModelContainer {
  /** As the caller gave it, for Describe. */
  readonly definition: ContainerDefinition
  /** Of a model package's container, whose own definition the model does not show. */
  readonly hostname?: string
  readonly imageDigest: string
  readonly environment: Readonly<Record<string, string>>
  readonly modelData?: ModelData
  /** Of Mode MultiModel: where its models lie. */
  readonly models?: ModelPrefix
  /** ARN of the subscribed product that the image belongs to. */
  readonly productArn?: string
}

/** The prefix of a container of Mode MultiModel. Throws ValidationException. */
export function prefixOf({ ModelDataUrl: url, ModelDataSource, MultiModelConfig }: ContainerDefinition): ModelPrefix {
  if (ModelDataSource) throw new ValidationException('ModelDataSource is not supported for the Mode MultiModel.')
  if (!url)
    throw new ValidationException('ModelDataUrl must be given for the Mode MultiModel: the prefix of the models.')
  const { bucket, key } = parseS3Uri(url)
  if (key.endsWith('.tar.gz'))
    throw new ValidationException(`ModelDataUrl must be the prefix of the models for the Mode MultiModel, not ${url}.`)
  const uri = `s3://${bucket}/${key && `${key.replace(/\/+$/, '')}/`}`
  return { uri, keeps: MultiModelConfig?.ModelCacheSetting !== 'Disabled' }
}

/**
 * The files that a container is given as they are, when its ModelDataSource asks for them. Throws ValidationException. Source: SageMaker API
 * Reference, S3ModelDataSource.
 */
export function filesOf({ ModelDataSource }: Pick<ContainerDefinition, 'ModelDataSource'>): string | undefined {
  const { S3Uri = '', S3DataType, CompressionType } = ModelDataSource?.S3DataSource ?? {}
  if (CompressionType !== 'None' && S3DataType !== 'S3Prefix') return undefined
  if (CompressionType !== 'None')
    throw new ValidationException(
      'ModelDataSource: an S3Prefix must have the CompressionType None; name one archive as an S3Object.',
    )
  const { key } = parseS3Uri(S3Uri)
  if (S3DataType === 'S3Prefix' && key !== '' && !key.endsWith('/'))
    throw new ValidationException(
      `ModelDataSource: the S3Uri of an S3Prefix must end with a slash, which ${S3Uri} does not.`,
    )
  if (S3DataType === 'S3Object' && (key === '' || key.endsWith('/')))
    throw new ValidationException(
      `ModelDataSource: the S3Uri of an S3Object must name an object, which ${S3Uri} does not.`,
    )
  return S3Uri
}

/**
 * The archive that a container is given, by either of the two members that name one. Its place is checked when it is read, as the
 * role that reads it. Throws ValidationException.
 */
export function archiveOf({
  ModelDataUrl: url,
  ModelDataSource: source,
}: Pick<ContainerDefinition, 'ModelDataUrl' | 'ModelDataSource'>): string | undefined {
  const uri = url ?? source?.S3DataSource?.S3Uri
  if (url !== undefined && source)
    throw new ValidationException('Either ModelDataUrl or ModelDataSource can be given, not both.')
  if (uri && !parseS3Uri(uri).key.endsWith('.tar.gz'))
    throw new ValidationException(`ModelDataUrl must name a .tar.gz archive in S3, which ${uri} does not.`)
  return uri || undefined
}
