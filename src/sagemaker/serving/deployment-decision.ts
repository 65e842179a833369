/** How much of an endpoint's traffic goes to the new fleet, and for how long that is watched. */
export interface TrafficStage {
  /** Of 1. */
  readonly share: number
  readonly waitMs: number
  /** What is told of it: the parameter that says how long, and which capacity is on. */
  readonly wait: 'WaitIntervalInSeconds' | 'TerminationWaitInSeconds'
}

/** Where a deployment is: times in milliseconds. */
export interface Traffic {
  readonly stage: number
  readonly since: number
}

/** What guards a deployment. */
export interface Guard {
  readonly stages: readonly TrafficStage[]
  readonly timeoutMs?: number
  /** Names of alarms that roll it back. */
  readonly alarms: readonly string[]
  /** Of a deployment that takes the place of what serves batch by batch. */
  readonly rolling?: Rolling
}

/** How instances are exchanged, and where to: numbers of instances. */
export interface Rolling {
  /** Of the new fleet when it is whole, and of the old one when the deployment began. */
  readonly instances: number
  readonly before: number
  /** At once on the way back. */
  readonly rollbackBatch: number
  /** Why the way goes back: the fleet that comes is the one that served before. */
  readonly back?: string
}

export interface DeploymentSituation {
  readonly guard: Guard
  /** Absent until the new fleet is healthy. */
  readonly traffic: Traffic | undefined
  /** When the deployment was asked for. */
  readonly begun: number
  readonly now: number
  /** Of the alarms that guard it, those in the state ALARM. */
  readonly alarming: readonly string[]
}

export type DeploymentStep =
  /** The new fleet gets this share from now on. */
  | { readonly do: 'shift'; readonly stage: number }
  | { readonly do: 'bake'; readonly stage: number; readonly leftMs: number }
  | { readonly do: 'finish' }
  | { readonly do: 'roll back'; readonly reason: string }

/**
 * What is next for a new fleet that is healthy beside the old one. Source: SageMaker Developer Guide, "Deployment guardrails" (blue/green traffic
 * shifting modes, baking periods, auto-rollback).
 */
export function decideDeployment({ guard, traffic, begun, now, alarming }: DeploymentSituation): DeploymentStep {
  const { stages, timeoutMs } = guard
  if (alarming.length > 0)
    return {
      do: 'roll back',
      reason: `The following CloudWatch alarm(s) went into ALARM state during the deployment, which was rolled back: ${alarming.join(', ')}.`,
    }
  if (timeoutMs !== undefined && now >= begun + timeoutMs)
    return {
      do: 'roll back',
      reason: `The deployment took longer than MaximumExecutionTimeoutInSeconds (${timeoutMs / 1000} seconds) and was rolled back.`,
    }
  if (!traffic) return stages[0]?.waitMs === 0 && stages.length === 1 ? { do: 'finish' } : { do: 'shift', stage: 0 }
  const leftMs = traffic.since + (stages[traffic.stage]?.waitMs ?? 0) - now
  if (leftMs > 0) return { do: 'bake', stage: traffic.stage, leftMs }
  const next = traffic.stage + 1
  // The last share is the whole: what it does not wait for is done.
  if (next >= stages.length || (next === stages.length - 1 && stages[next]?.waitMs === 0)) return { do: 'finish' }
  return { do: 'shift', stage: next }
}
