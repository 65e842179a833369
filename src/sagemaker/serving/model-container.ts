import type { ContainerDefinition } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'

/** Where a container's `/opt/ml/model` comes from: the account's own S3, or what the marketplace holds for a product. */
export type ModelData = { readonly kind: 's3'; readonly uri: string } | { readonly kind: 'held'; readonly name: string }

/** One container of a model as it runs. */
export interface ModelContainer {
  /** As the caller gave it, for Describe. */
  readonly definition: ContainerDefinition
  /** Of a model package's container, whose own definition the model does not show. */
  readonly hostname?: string
  readonly imageDigest: string
  readonly environment: Readonly<Record<string, string>>
  readonly modelData?: ModelData
  /** ARN of the subscribed product that the image belongs to. */
  readonly productArn?: string
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
