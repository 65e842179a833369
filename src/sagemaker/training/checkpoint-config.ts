import { posix } from 'node:path'
import type { CheckpointConfig } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'

const usual = '/opt/ml/checkpoints'
/** Paths that belong to the contract or to the system of the container. */
const taken = ['/opt/ml/input', '/opt/ml/model', '/opt/ml/output', '/opt/ml/code', '/proc', '/sys', '/dev', '/etc']

/** Where the container finds its checkpoints. */
export const checkpointPath = ({ LocalPath }: CheckpointConfig): string => LocalPath || usual

/**
 * Throws ValidationException. Within a product's image the buyer chooses no more than a place below the usual one: any other would put
 * files of the buyer's among the seller's programs, and carry the seller's home. Source: SageMaker API reference, CheckpointConfig.
 */
export function checkCheckpointConfig(config: CheckpointConfig | undefined, ofProduct: boolean): void {
  if (!config) return
  parseS3Uri(config.S3Uri as string)
  const path = checkpointPath(config)
  if (!path.startsWith('/') || posix.normalize(path).replace(/\/$/, '') !== path.replace(/\/$/, ''))
    throw new ValidationException(
      `CheckpointConfig.LocalPath must be an absolute path without "." and "..", not "${path}".`,
    )
  if (ofProduct && path !== usual && !path.startsWith(`${usual}/`))
    throw new ValidationException(
      `CheckpointConfig.LocalPath must be "${usual}" or below for an algorithm subscribed from AWS Marketplace, not "${path}".`,
    )
  const inTheWay = taken.find(
    other => path === other || path.startsWith(`${other}/`) || other.startsWith(`${path.replace(/\/$/, '')}/`),
  )
  if (inTheWay)
    throw new ValidationException(
      `CheckpointConfig.LocalPath cannot be "${path}", since it overlaps with "${inTheWay}".`,
    )
}
