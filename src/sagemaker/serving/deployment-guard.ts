import type { BlueGreenUpdatePolicy, DeploymentConfig, TrafficRoutingConfig } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import { alarmArn, findAlarm } from '../../metrics/alarm/alarm.ts'
import type { Context } from '../../service/context.ts'
import type { Db } from '../../store/database.ts'
import type { Guard, TrafficStage } from './deployment-decision.ts'
import { checkRolling, rollingGuard } from './rolling-deployment.ts'

type Size = NonNullable<TrafficRoutingConfig['CanarySize']>

/**
 * How a deployment of so many instances, in the place of so many, is guarded; at once and by nothing when no configuration is given.
 */
export function guardOf(config: DeploymentConfig | undefined, instances: number, before = instances): Guard {
  const alarms = (config?.AutoRollbackConfiguration?.Alarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? [])
  if (config?.RollingUpdatePolicy) return { ...rollingGuard(config.RollingUpdatePolicy, instances, before), alarms }
  const policy = config?.BlueGreenUpdatePolicy
  const timeout = policy?.MaximumExecutionTimeoutInSeconds
  return {
    stages: [...firstStages(policy?.TrafficRoutingConfiguration, instances), lastStage(policy)],
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    alarms,
  }
}

const lastStage = (policy: BlueGreenUpdatePolicy | undefined): TrafficStage => ({
  ...{ share: 1, waitMs: (policy?.TerminationWaitInSeconds ?? 0) * 1000, wait: 'TerminationWaitInSeconds' },
})

/** What comes before the whole: nothing, a canary, or equal steps. */
function firstStages(routing: TrafficRoutingConfig | undefined, instances: number): TrafficStage[] {
  const { Type, CanarySize, LinearStepSize, WaitIntervalInSeconds = 0 } = routing ?? {}
  const size = Type === 'CANARY' ? CanarySize : Type === 'LINEAR' ? LinearStepSize : undefined
  if (!size) return []
  const hundredths = Math.round(shareOf(size, instances) * 100)
  const count = Type === 'CANARY' ? 1 : Math.ceil(100 / hundredths) - 1
  return Array.from({ length: count }, (_, index) => ({
    ...{ share: ((index + 1) * hundredths) / 100, waitMs: WaitIntervalInSeconds * 1000, wait: 'WaitIntervalInSeconds' },
  }))
}

const shareOf = ({ Type, Value = 0 }: Size, instances: number): number =>
  Math.min(1, Type === 'INSTANCE_COUNT' ? Value / instances : Value / 100)

/** Throws ValidationException. Source: SageMaker API Reference, DeploymentConfig, TrafficRoutingConfig and the two policies. */
export function checkDeploymentConfig(config: DeploymentConfig, instances: number): void {
  const { BlueGreenUpdatePolicy: policy, RollingUpdatePolicy: rolling } = config
  if (policy && rolling)
    throw new ValidationException(
      'DeploymentConfig can have a BlueGreenUpdatePolicy or a RollingUpdatePolicy, not both.',
    )
  if (policy) checkBlueGreen(policy, instances)
  if (rolling) checkRolling(rolling, instances)
  const { stages, timeoutMs } = guardOf(config, instances)
  const waits = stages.reduce((sum, { waitMs }) => sum + waitMs, 0)
  if (timeoutMs !== undefined && timeoutMs <= waits)
    throw new ValidationException(
      `MaximumExecutionTimeoutInSeconds (${timeoutMs / 1000}) must be greater than the ${waits / 1000} seconds that are waited for.`,
    )
}

function checkBlueGreen(policy: BlueGreenUpdatePolicy, instances: number): void {
  const { Type, CanarySize, LinearStepSize } = policy.TrafficRoutingConfiguration ?? {}
  for (const [name, size, type] of [
    ['CanarySize', CanarySize, 'CANARY'],
    ['LinearStepSize', LinearStepSize, 'LINEAR'],
  ] as const) {
    if (Type === type && !size)
      throw new ValidationException(`${name} is required for traffic routing of the type ${type}.`)
    if (Type !== type && size) throw new ValidationException(`${name} is for ${type} only, not for ${Type}.`)
  }
  if (CanarySize && shareOf(CanarySize, instances) > 0.5)
    throw new ValidationException('CanarySize can be at most 50 percent of the instances.')
  if (LinearStepSize && (shareOf(LinearStepSize, instances) > 0.5 || shareOf(LinearStepSize, instances) < 0.1))
    throw new ValidationException('LinearStepSize must be 10 to 50 percent of the instances.')
}

/** Throws ValidationException for alarms that the account does not have in this region. */
export async function requireAlarms(db: Db, config: DeploymentConfig, ctx: Context): Promise<void> {
  const missing: string[] = []
  for (const name of guardOf(config, 1).alarms) if (!(await findAlarm(db, alarmArn(ctx, name)))) missing.push(name)
  if (missing.length > 0)
    throw new ValidationException(
      `AutoRollbackConfiguration names CloudWatch alarms that do not exist: ${missing.join(', ')}.`,
    )
}

/** Of the alarms that guard a deployment, those in the state ALARM. */
export async function alarmingOf(
  db: Db,
  place: { readonly account: string; readonly region: string },
  { alarms }: Guard,
): Promise<string[]> {
  const found: string[] = []
  for (const name of alarms) {
    const alarm = await findAlarm(db, alarmArn(place, name))
    if (alarm?.state.value === 'ALARM') found.push(name)
  }
  return found
}
