import { type StepConfiguration, type TrackingConfiguration, usualCooldown } from './policy-configuration.ts'
import { type Cooling, type PolicyCall, trackedCapacity } from './scaling-decision.ts'
import { alarmsOf, type PolicyRow } from './scaling-policy.ts'
import type { Called } from './scaling-policy-action.ts'
import { aggregate, stepCapacity } from './step-adjustment.ts'

/** What an alarm saw so long ago, in milliseconds, says nothing about now. */
const staleMs = 150_000

/** What policies are called for and have not yet answered. */
export const policyCalls = (policies: readonly PolicyRow[], now: number): PolicyCall[] =>
  policies.flatMap(row => {
    const called = row.called === null ? undefined : (JSON.parse(row.called) as Called)
    if (!called || now - called.at > staleMs) return []
    return row.type === 'StepScaling' ? [stepCall(row, called)] : trackingCall(row, called)
  })

const common = (row: PolicyRow, { alarm }: Called) => ({
  ...{ policyArn: row.arn, policyName: row.name, alarm },
  ...(JSON.parse(row.cooling) as { readonly out?: Cooling; readonly in?: Cooling }),
})

const milliseconds = (seconds = usualCooldown): number => seconds * 1000

function stepCall(row: PolicyRow, called: Called): PolicyCall {
  const configuration = JSON.parse(row.configuration) as StepConfiguration
  const breach = aggregate(called.datapoints, configuration.MetricAggregationType) - called.threshold
  const cooldown = milliseconds(configuration.Cooldown)
  return {
    ...common(row, called),
    ...{ cooldownOut: cooldown, cooldownIn: cooldown },
    wants: capacity => stepCapacity(configuration as Parameters<typeof stepCapacity>[0], capacity, breach),
  }
}

/** A target is tracked by the newest datapoint of one of the two alarms that the policy made. */
function trackingCall(row: PolicyRow, called: Called): PolicyCall[] {
  const alarm = alarmsOf(row).find(({ name }) => name === called.alarm)
  const value = called.datapoints.at(-1)
  if (!alarm || value === undefined) return []
  const { TargetValue, ScaleOutCooldown, ScaleInCooldown } = JSON.parse(row.configuration) as TrackingConfiguration
  return [
    {
      ...common(row, called),
      tracks: alarm.tracks,
      cooldownOut: milliseconds(ScaleOutCooldown),
      cooldownIn: milliseconds(ScaleInCooldown),
      wants: capacity => trackedCapacity(capacity, value, TargetValue),
    },
  ]
}
