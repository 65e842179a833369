import { ServiceError } from '../../ground/errors.ts'
import type { LogStreamName } from '../../service/logs.ts'
import type { TrainingJobRow } from './training-job-row.ts'

export const trainingStream = (job: TrainingJobRow, host: string): LogStreamName => ({
  account: job.account,
  region: job.region,
  group: '/aws/sagemaker/TrainingJobs',
  stream: `${job.name}/${host}-${job.created + job.attempt - 1}`,
})

/** What the platform, not the container, refused; the error's own words are evidence. */
export function refusal({ code, message }: ServiceError): string {
  if (['AlgorithmError', 'ClientError', 'CapacityError'].includes(code)) return `${code}: ${message}`
  return `ClientError: ${code}: ${message}`
}

/** An error that is no service's answer is the platform's own. */
export const platformFailure = (error: Error): string =>
  error instanceof ServiceError ? refusal(error) : `InternalServerError: ${error.message}`
