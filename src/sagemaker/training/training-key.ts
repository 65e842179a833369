import { ServiceError } from '../../ground/errors.ts'
import type { Platform } from '../../service/context.ts'
import type { Principal } from '../../service/principal.ts'
import { joinS3Uri, parseS3Uri } from '../../workload/s3-uri.ts'
import type { TrainingJobRow } from './training-job-row.ts'

/** Where a job's model and output go. */
export const outputUri = ({ request, name }: TrainingJobRow): string =>
  joinS3Uri(request.OutputDataConfig.S3OutputPath as string, name, 'output')

/**
 * Finds out before anything runs whether the role can write the output, under its key if it has one. Throws ServiceErrors that name
 * what is missing. Source: SageMaker API reference, OutputDataConfig.
 */
export async function checkOutput(platform: Platform, job: TrainingJobRow, role: Principal): Promise<void> {
  const { KmsKeyId: kmsKeyId } = job.request.OutputDataConfig
  const { bucket, key } = parseS3Uri(`${outputUri(job)}/`)
  await naming('OutputDataConfig.KmsKeyId', kmsKeyId, () =>
    platform.objects.checkWritable(role, bucket, key, { kmsKeyId }),
  )
}

/** The role must be allowed to make a grant on the key, as volumes of EC2 are encrypted. Source: the same, ResourceConfig. */
export async function checkVolumeKey(platform: Platform, job: TrainingJobRow, role: Principal): Promise<void> {
  const keyId = job.request.ResourceConfig?.VolumeKmsKeyId
  if (!keyId) return
  const kms = platform.kms.via('sagemaker')
  await naming('ResourceConfig.VolumeKmsKeyId', keyId, () => kms.require(role, job.region, keyId, 'CreateGrant'))
}

/** KMS's errors name the key that they are about, not the member that asked for it. */
async function naming(member: string, keyId: string | undefined, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof ServiceError) || !keyId || !/kms|key|alias/i.test(error.message)) throw error
    throw new ServiceError(error.code, `${error.message} (${member} is ${keyId})`)
  }
}
