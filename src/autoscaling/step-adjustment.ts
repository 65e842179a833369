import type { StepScalingPolicyConfiguration } from '@aws-sdk/client-application-auto-scaling'

type Steps = Pick<StepScalingPolicyConfiguration, 'AdjustmentType' | 'StepAdjustments' | 'MinAdjustmentMagnitude'>

/** One value of what an alarm saw. */
export function aggregate(values: readonly number[], type = 'Average'): number {
  if (type === 'Minimum') return Math.min(...values)
  if (type === 'Maximum') return Math.max(...values)
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * The capacity that steps make of one, when a metric is `breach` above (or below, negative) its alarm's threshold; undefined when no step is for it.
 * Source: Application Auto Scaling User Guide, "How step scaling works" (intervals, adjustment types, rounding).
 */
export function stepCapacity(steps: Steps, capacity: number, breach: number): number | undefined {
  const step = (steps.StepAdjustments ?? []).find(
    ({ MetricIntervalLowerBound = Number.NEGATIVE_INFINITY, MetricIntervalUpperBound = Number.POSITIVE_INFINITY }) =>
      // Above the threshold the lower bound belongs to a step, below it the upper one.
      breach >= 0
        ? breach >= MetricIntervalLowerBound && breach < MetricIntervalUpperBound
        : breach > MetricIntervalLowerBound && breach <= MetricIntervalUpperBound,
  )
  if (step?.ScalingAdjustment === undefined) return undefined
  if (steps.AdjustmentType === 'ExactCapacity') return step.ScalingAdjustment
  if (steps.AdjustmentType === 'ChangeInCapacity') return capacity + step.ScalingAdjustment
  return capacity + atLeast(rounded((capacity * step.ScalingAdjustment) / 100), steps.MinAdjustmentMagnitude)
}

/** Towards zero, but never to nothing. */
function rounded(change: number): number {
  if (change > 0 && change < 1) return 1
  if (change < 0 && change > -1) return -1
  return Math.trunc(change)
}

const atLeast = (change: number, least = 0): number =>
  change === 0 || Math.abs(change) >= least ? change : Math.sign(change) * least
