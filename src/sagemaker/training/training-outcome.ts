import type { ContainerState } from '../../driver/driver.ts'
import { ServiceError } from '../../ground/errors.ts'
import type { Platform } from '../../service/context.ts'
import type { LogStreamName } from '../../service/logs.ts'
import { describeExit, failureReason, lastLines, readFailureFile } from '../../workload/failure-reason.ts'
import { fullVolume } from '../../workload/input-volume.ts'
import { ownDirectory } from '../../workload/own-directory.ts'
import { volumeRoom } from '../../workload/volume.ts'
import { instanceCount } from './training-job.ts'
import type { TrainingJobRow } from './training-job-row.ts'
import { trainingPlace } from './training-stage.ts'

export const trainingStream = (job: TrainingJobRow, host: string): LogStreamName => ({
  account: job.account,
  region: job.region,
  group: '/aws/sagemaker/TrainingJobs',
  stream: `${job.name}/${host}-${job.created + job.attempt - 1}`,
})

/** Why a container failed: what it wrote to its failure file, how it ended, whether its volume is full, its last words. */
export async function algorithmFailure(
  platform: Platform,
  job: TrainingJobRow,
  failed: ContainerState,
): Promise<string> {
  const { host } = failed.key
  const output = await ownDirectory(trainingPlace(platform, job).host(host), 'output').catch(() => undefined)
  const text = output ? await readFailureFile(output) : ''
  const where = instanceCount(job) > 1 ? `${host}: ` : ''
  const lines = await lastLines(platform.logs, trainingStream(job, host))
  const room = await volumeRoom(trainingPlace(platform, job).volume(host))
  const full = fullVolume(host, job.request.ResourceConfig?.VolumeSizeInGB, room, text + lines)
  const ended = [text, describeExit(failed)].filter(Boolean).join(', ')
  return failureReason(`AlgorithmError: ${where}${ended}`, full, lines)
}

/** What the platform, not the container, refused; the error's own words are evidence. */
export function refusal({ code, message }: ServiceError): string {
  if (['AlgorithmError', 'ClientError', 'CapacityError'].includes(code)) return `${code}: ${message}`
  return `ClientError: ${code}: ${message}`
}

/** An error that is no service's answer is the platform's own. */
export const platformFailure = (error: Error): string =>
  error instanceof ServiceError ? refusal(error) : `InternalServerError: ${error.message}`
