import type { AlarmAction } from '../metrics/alarm/alarm-action.ts'

/** What an alarm saw when it called. */
export interface Called {
  readonly alarm: string
  readonly datapoints: readonly number[]
  readonly threshold: number
  /** Milliseconds. */
  readonly at: number
}

/** Alarms that call policies, at each look as long as their state lasts. What they saw waits with the policy until its target is looked at. */
export const scalingPolicyAction: AlarmAction = {
  arn: /^arn:aws:autoscaling:[^:]*:\d{12}:scalingPolicy:/,
  isRepeated: true,
  fault(arn, { account, region }) {
    const isOwn = arn.startsWith(`arn:aws:autoscaling:${region}:${account}:`)
    return isOwn ? undefined : 'a policy is called by alarms of its own account and region.'
  },
  async run(tx, arn, { alarm, now }) {
    const datapoints = readDatapoints(alarm.state.reasonData)
    if (!datapoints) return 'StateReasonData holds no recentDatapoints, which tell a policy how far to scale.'
    const called: Called = { alarm: alarm.name, datapoints, threshold: alarm.settings.Threshold ?? 0, at: now }
    const row = await tx.db
      .updateTable('scaling_policy')
      .set({ called: JSON.stringify(called) })
      .where('arn', '=', arn)
      .returning('target_arn')
      .executeTakeFirst()
    if (!row) return `There is no scaling policy ${arn}.`
    await tx.enqueue('scalable-target', row.target_arn)
    return undefined
  },
}

function readDatapoints(text: string | undefined): number[] | undefined {
  try {
    const { recentDatapoints } = JSON.parse(text ?? '{}') as { recentDatapoints?: unknown }
    const isRight = Array.isArray(recentDatapoints) && recentDatapoints.every(value => Number.isFinite(value))
    return isRight && recentDatapoints.length > 0 ? recentDatapoints : undefined
  } catch {
    return undefined
  }
}
