import type { MetricDefinition, SecondaryStatus } from '@aws-sdk/client-sagemaker'
import type { CountedObject } from '../../service/product-run.ts'
import type { Resource } from '../../store/resources.ts'
import type { Admission } from '../capacity/capacity.ts'
import type { In } from '../sagemaker-operation.ts'

export type TrainingJobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped'

export interface Transition {
  readonly Status: SecondaryStatus
  readonly StartTime: number
  readonly EndTime?: number
  readonly StatusMessage?: string
}

export interface TrainingJobRow extends Resource {
  readonly status: TrainingJobStatus
  readonly request: TrainingRequest
  /** With the algorithm's defaults filled in: what the container sees. */
  readonly hyperParameters: Record<string, string>
  readonly metricDefinitions: readonly MetricDefinition[]
  readonly imageDigest: string
  readonly entrypoint?: readonly string[]
  readonly command: readonly string[]
  /** ARN of the subscribed product that this job uses. */
  readonly productArn?: string
  readonly transitions: readonly Transition[]
  readonly attempt: number
  /** What the machine gives it; absent while it waits. */
  readonly admission?: Admission
  /** How the instances were scaled to the machine, in words. */
  readonly scaling?: string
  /** Why the platform gives this attempt up, and whether another may do better. */
  readonly abort?: { readonly reason: string; readonly restart: boolean }
  readonly stopReason?: 'StopRequested' | TimeLimit['reason']
  readonly failureReason?: string
  readonly modelArtifacts?: string
  /** SHA-256 of the model's archive, hexadecimal. */
  readonly modelDigest?: string
  readonly trainingStart?: number
  /** When the containers of this attempt had ended, in milliseconds: nothing is held or billed from here on. */
  readonly containersEnd?: number
  /** Why the containers have failed, known before what they left is uploaded. */
  readonly failure?: string
  /** How often this attempt was tried again over errors of the platform's own. */
  readonly tries?: number
  readonly trainingEnd?: number
  readonly finalMetrics: Readonly<Record<string, { value: number; time: number }>>
  /** Resource to look at again when this job has ended: a certification that runs it. */
  readonly notify?: { readonly kind: string; readonly key: string }
  /** Of an evaluation: for which run its use is written down, which is not charged, and by channels the objects whose rows were counted. */
  readonly evaluated?: { readonly run: string; readonly inputs: Readonly<Record<string, CountedObject>> }
  /** The most that one of its containers was seen to hold, of a job that a certification runs. */
  readonly peakMemoryBytes?: number
  /** The tuning job that has launched it. */
  readonly tuningJobArn?: string
  /** Whose curve follows this metric, when the tuning job may stop this job early. */
  readonly objective?: { readonly trial: string; readonly metric: string }
}

/** The members of CreateTrainingJob that a job is made of. */
export type TrainingRequest = Pick<
  In<'CreateTrainingJob'>,
  | 'TrainingJobName' | 'HyperParameters' | 'AlgorithmSpecification' | 'RoleArn' | 'InputDataConfig' | 'OutputDataConfig'
  | 'ResourceConfig' | 'StoppingCondition' | 'Environment' | 'RetryStrategy' | 'EnableNetworkIsolation' | 'ProfilerConfig'
  | 'CheckpointConfig' | 'EnableManagedSpotTraining' | 'EnableInterContainerTrafficEncryption' | 'RemoteDebugConfig'
  | 'DebugHookConfig'
> // biome-ignore format: names

/** When, in milliseconds, a job's time is over, and in which status it ends then. */
export interface TimeLimit {
  readonly at: number
  readonly reason: 'MaxRuntimeExceeded' | 'MaxWaitTimeExceeded'
}
