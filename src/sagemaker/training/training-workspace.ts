import type { ContainerState, Mount } from '../../driver/driver.ts'
import type { Principal } from '../../service/principal.ts'
import type { UploadedOutput } from '../../workload/training-output.ts'
import type { TrainingJobRow } from './training-job-row.ts'

/**
 * The files of a training job's present attempt: how they come to its containers and what becomes of what these leave. Nothing above it
 * knows where they lie.
 */
export interface TrainingWorkspace {
  /**
   * Lays out every host's files from scratch and streams the pipes; `onBrokenPipe` hears later when one cannot go on. Returns, in words,
   * what this machine does not enforce. Throws ServiceErrors for what the owner can mend, and the signal's reason.
   */
  stage(job: TrainingJobRow, role: Principal, signal: AbortSignal, onBrokenPipe: () => void): Promise<string>
  /** Whether what was staged is there still, for containers that have not begun. */
  isStaged(job: TrainingJobRow): Promise<boolean>
  /** What a host's container finds where, once it is staged. */
  mounts(job: TrainingJobRow, host: string): Mount[]
  /** Why pipes can no longer give the containers what they are due; undefined while they can, and for jobs without. */
  brokenPipes(job: TrainingJobRow): TrainingJobRow['abort']
  /** Carries checkpoints to their bucket while containers run. Asked again, it goes on. */
  followCheckpoints(job: TrainingJobRow): void
  /** Why a container failed: what it wrote to its failure file, how it ended, its last words. */
  failureOf(job: TrainingJobRow, failed: ContainerState): Promise<string>
  /** The last checkpoints and the output, to their buckets; undefined when what was written is lost. Throws ServiceErrors, and the signal's reason. */
  collect(job: TrainingJobRow, role: Principal, signal: AbortSignal): Promise<UploadedOutput | undefined>
  /** No more pipes and checkpoints of this attempt. */
  endStreams(job: TrainingJobRow): Promise<void>
  /** Nothing is left of this attempt's files. Its containers are gone. */
  discard(job: TrainingJobRow): Promise<void>
}
