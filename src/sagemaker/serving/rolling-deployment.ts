import type { CapacitySize, RollingUpdatePolicy } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { Guard, Rolling, TrafficStage } from './deployment-decision.ts'

/**
 * How instances of a new fleet take the place of an old one's, batch by batch: each batch is brought up, gets its share of the traffic, is watched, and
 * then so many of the old ones go. Source: SageMaker Developer Guide, "Use rolling deployments".
 */
export function rollingGuard(policy: RollingUpdatePolicy, instances: number, before: number): Omit<Guard, 'alarms'> {
  const timeout = policy.MaximumExecutionTimeoutInSeconds
  const batch = batchOf(policy.MaximumBatchSize, instances)
  return {
    stages: stagesFrom(batch, batch, instances, (policy.WaitIntervalInSeconds ?? 0) * 1000),
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    rolling: { instances, before, rollbackBatch: batchOf(policy.RollbackMaximumBatchSize, before) },
  }
}

/** Whole instances, and one at least; all of them when nothing is said. */
const batchOf = (size: CapacitySize | undefined, instances: number): number =>
  size
    ? Math.max(1, Math.floor(size.Type === 'INSTANCE_COUNT' ? Number(size.Value) : portion(size, instances)))
    : instances

const portion = ({ Value = 0 }: CapacitySize, instances: number): number => (instances * Value) / 100

/** From so many instances on, by so many more at a time. */
export function stagesFrom(first: number, batch: number, instances: number, waitMs: number): TrafficStage[] {
  const count = 1 + Math.max(0, Math.ceil((instances - first) / batch))
  return Array.from({ length: count }, (_, index) => ({
    ...{ share: Math.min(1, (first + index * batch) / instances), waitMs, wait: 'WaitIntervalInSeconds' },
  }))
}

/** Throws ValidationException. Source: SageMaker API Reference, RollingUpdatePolicy. */
export function checkRolling(
  { MaximumBatchSize, RollbackMaximumBatchSize }: RollingUpdatePolicy,
  instances: number,
): void {
  const percent = percentOf(MaximumBatchSize, instances)
  if (percent < 5 || percent > 50)
    throw new ValidationException(
      `MaximumBatchSize must be 5 to 50 percent of the variant's ${instances} instance(s), not ${told(percent)} percent.`,
    )
  if (RollbackMaximumBatchSize && percentOf(RollbackMaximumBatchSize, instances) > 100)
    throw new ValidationException('RollbackMaximumBatchSize can be at most 100 percent of the instances.')
}

const percentOf = (size: CapacitySize | undefined, instances: number): number =>
  size?.Type === 'INSTANCE_COUNT' ? (100 * Number(size.Value)) / instances : Number(size?.Value)

const told = (percent: number): number => Math.round(percent * 100) / 100

interface Named {
  readonly variants: readonly { readonly name: string }[]
}

/** Throws ValidationException for what AWS excludes. Source: SageMaker Developer Guide, "Exclusions" of deployment guardrails. */
export function requireRollable(live: Named, target: Named): void {
  const names = [live, target].map(({ variants }) => variants.map(({ name }) => name))
  if (names.some(({ length }) => length !== 1))
    throw new ValidationException('A rolling update is not supported for endpoints with several variants.')
  if (names[0]?.[0] !== names[1]?.[0])
    throw new ValidationException(
      `A rolling update must have the same variant name in both configurations: "${names[0]?.[0]}" serves, and "${names[1]?.[0]}" would take its place.`,
    )
}

/** So many instances of the new fleet a stage takes. */
export const wantedAt = ({ stages }: Guard, { instances }: Rolling, stage: number): number =>
  Math.min(instances, Math.round((stages[stage]?.share ?? 1) * instances))
