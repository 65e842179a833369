import { ValidationException } from '../../ground/errors.ts'
import type { TimeLimit, TrainingJobRow, TrainingRequest } from './training-job-row.ts'

const defaultMaxRuntime = 86_400

export const maxRuntimeSeconds = ({ StoppingCondition }: Pick<TrainingRequest, 'StoppingCondition'>): number =>
  StoppingCondition?.MaxRuntimeInSeconds ?? defaultMaxRuntime

/**
 * Throws ValidationException unless MaxWaitTimeInSeconds is given with managed spot training, and only then. Source: SageMaker API
 * reference, StoppingCondition; the words are those that users of SageMaker report.
 */
export function checkTimeLimits(
  request: Pick<TrainingRequest, 'StoppingCondition' | 'EnableManagedSpotTraining'>,
): void {
  const maxWait = request.StoppingCondition?.MaxWaitTimeInSeconds
  if (!request.EnableManagedSpotTraining && maxWait !== undefined)
    throw new ValidationException(
      'Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true',
    )
  if (request.EnableManagedSpotTraining && (maxWait === undefined || maxWait < maxRuntimeSeconds(request)))
    throw new ValidationException(
      'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds',
    )
}

/** AWS Marketplace Seller Guide, "Service restrictions and quotas": of a subscribed algorithm, seconds; nobody can change it. */
const productMaxWait = 3600

/** A request as it is kept: with managed spot training a product's algorithm always waits and runs an hour at most. */
export function withProductWait<Request extends Parameters<typeof checkTimeLimits>[0]>(request: Request): Request {
  if (!request.EnableManagedSpotTraining) return request
  return { ...request, StoppingCondition: { ...request.StoppingCondition, MaxWaitTimeInSeconds: productMaxWait } }
}

/** What bounds a job's time: its runtime, once it runs, and, with managed spot training, waiting and runtime together. */
export function timeLimits({ request, created, trainingStart }: TrainingJobRow): {
  readonly waitUntil: number | undefined
  /** What comes first of those that are known. */
  readonly next: TimeLimit | undefined
} {
  const maxWait = request.StoppingCondition?.MaxWaitTimeInSeconds
  const waitUntil = maxWait === undefined ? undefined : created + maxWait * 1000
  const limits: TimeLimit[] = []
  if (trainingStart !== undefined)
    limits.push({ at: trainingStart + maxRuntimeSeconds(request) * 1000, reason: 'MaxRuntimeExceeded' })
  if (waitUntil !== undefined) limits.push({ at: waitUntil, reason: 'MaxWaitTimeExceeded' })
  return { waitUntil, next: limits.sort((one, other) => one.at - other.at)[0] }
}
