import { quotas } from '../quotas/quotas.ts'
import { autoscalingError } from './autoscaling-error.ts'
import type { In } from './autoscaling-operation.ts'
import type { ScaledName } from './scaled-name.ts'

export type PolicyInput = In<'PutScalingPolicy'>
export type StepConfiguration = NonNullable<PolicyInput['StepScalingPolicyConfiguration']>
export type TrackingConfiguration = NonNullable<PolicyInput['TargetTrackingScalingPolicyConfiguration']>

/** Seconds that SageMaker's variants cool down when nothing is said (API Reference, StepScalingPolicyConfiguration). */
export const usualCooldown = 300

/** What tracks a number of what is scaled. */
export const invocations = {
  variant: 'SageMakerVariantInvocationsPerInstance',
  component: 'SageMakerInferenceComponentInvocationsPerCopy',
} as const

/** Exactly the configuration of the policy's type. Throws ValidationException. */
export function checkPolicy(input: PolicyInput, scaled: ScaledName): 'StepScaling' | 'TargetTrackingScaling' {
  const steps = input.StepScalingPolicyConfiguration
  const tracking = input.TargetTrackingScalingPolicyConfiguration
  const { PolicyType = 'StepScaling' } = input
  if (PolicyType === 'PredictiveScaling' || input.PredictiveScalingPolicyConfiguration)
    throw autoscalingError.notServed('PolicyType PredictiveScaling', 'nothing is forecast.')
  if (PolicyType === 'StepScaling' ? !steps || tracking : !tracking || steps)
    throw autoscalingError.invalid(
      `A policy of the type ${PolicyType} has a ${PolicyType}PolicyConfiguration and no other.`,
    )
  if (steps) checkSteps(steps)
  if (tracking) checkTracking(tracking, scaled.component === undefined ? 'variant' : 'component')
  return PolicyType as 'StepScaling' | 'TargetTrackingScaling'
}

const mostSteps = quotas.scaling.steps.value

function checkSteps({
  AdjustmentType,
  StepAdjustments = [],
  MinAdjustmentMagnitude,
  Cooldown,
}: StepConfiguration): void {
  if (AdjustmentType === undefined) throw autoscalingError.invalid('AdjustmentType is required for step scaling.')
  if (StepAdjustments.length < 1 || StepAdjustments.length > mostSteps)
    throw autoscalingError.invalid(`StepAdjustments must hold 1 to ${mostSteps} steps, not ${StepAdjustments.length}.`)
  if (
    MinAdjustmentMagnitude !== undefined &&
    (AdjustmentType !== 'PercentChangeInCapacity' || MinAdjustmentMagnitude < 1)
  )
    throw autoscalingError.invalid('MinAdjustmentMagnitude is a positive number, for PercentChangeInCapacity only.')
  checkCooldown(Cooldown)
  const bounds = StepAdjustments.map(
    ({
      MetricIntervalLowerBound: from = Number.NEGATIVE_INFINITY,
      MetricIntervalUpperBound: to = Number.POSITIVE_INFINITY,
    }) => [from, to] as const,
  ).sort(([a], [b]) => a - b)
  for (const [index, [from, to]] of bounds.entries()) {
    if (from >= to) throw autoscalingError.invalid(`A step from ${from} to ${to} holds nothing.`)
    const next = bounds[index + 1]
    // AWS takes neither gaps nor steps that overlap.
    if (next && next[0] !== to)
      throw autoscalingError.invalid(`Steps must neither overlap nor leave gaps: ${to} and ${next[0]}.`)
  }
}

function checkCooldown(seconds: number | undefined): void {
  if (seconds !== undefined && seconds < 0)
    throw autoscalingError.invalid(`A cooldown of ${seconds} seconds is negative.`)
}

function checkTracking(configuration: TrackingConfiguration, what: keyof typeof invocations): void {
  const {
    PredefinedMetricSpecification: predefined,
    CustomizedMetricSpecification: customized,
    TargetValue,
  } = configuration
  if (!(TargetValue > 0)) throw autoscalingError.invalid(`TargetValue must be greater than 0, not ${TargetValue}.`)
  if (!predefined === !customized)
    throw autoscalingError.invalid(
      'Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification is required.',
    )
  if (predefined && predefined.PredefinedMetricType !== invocations[what])
    throw autoscalingError.notServed(
      `PredefinedMetricType ${predefined.PredefinedMetricType}`,
      `${what === 'variant' ? 'instances of variants' : 'copies of inference components'} are told by ${invocations[what]}; any other metric can be given by CustomizedMetricSpecification.`,
    )
  if (predefined?.ResourceLabel !== undefined)
    throw autoscalingError.invalid(`ResourceLabel is not for ${invocations[what]}.`)
  if (customized) checkCustomized(customized)
  checkCooldown(configuration.ScaleOutCooldown)
  checkCooldown(configuration.ScaleInCooldown)
}

function checkCustomized(metric: NonNullable<TrackingConfiguration['CustomizedMetricSpecification']>): void {
  const { MetricName, Namespace, Statistic, Metrics, Dimensions, Unit } = metric
  if (
    Metrics
      ? (MetricName ?? Namespace ?? Statistic ?? Dimensions ?? Unit) !== undefined
      : !(MetricName && Namespace && Statistic)
  )
    throw autoscalingError.invalid(
      'A CustomizedMetricSpecification has MetricName, Namespace and Statistic, or else Metrics.',
    )
}
