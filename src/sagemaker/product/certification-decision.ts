import type { Measured } from '../../service/market.ts'
import { isTerminal } from '../training/training-job.ts'
import { type CertificationStep, type CertifiedRow, isDone } from './certification.ts'

/** How the job of a certification's step stands, as far as the step goes by it. */
export interface ValidationJob {
  readonly status: string
  readonly failureReason?: string
  readonly stopReason?: string
  /** Of a training job: the time that its owner gave it, in seconds. */
  readonly maxRuntimeInSeconds?: number
  readonly measured?: Measured
}

/** What is next for the certification of an algorithm or a model package. */
export type CertificationMove =
  /** It has come to its end, or a job runs, which wakes it. */
  | { readonly do: 'rest' }
  | { readonly do: 'begin' }
  /** Make the step's job. */
  | { readonly do: 'validate'; readonly step: CertificationStep; readonly by: JobKind }
  /** The step's job has come to a good end. */
  | { readonly do: 'pass'; readonly step: CertificationStep; readonly measured?: Measured }
  | { readonly do: 'fail'; readonly step: CertificationStep; readonly reason: string }
  /** Look into the step's image. */
  | { readonly do: 'scan'; readonly step: CertificationStep }
  | { readonly do: 'complete' }

export type JobKind = 'training-job' | 'transform-job'

/**
 * The next move of a certification: its validation jobs one after the other, then the scan of each image. `job` is that of the step at
 * hand (`validationStep`), as far as it has one; an undefined row was removed.
 */
export function decideCertification(row: CertifiedRow | undefined, job: ValidationJob | undefined): CertificationMove {
  if (row?.status === 'Pending') return { do: 'begin' }
  if (row?.status !== 'InProgress') return { do: 'rest' }
  const step = validationStep(row)
  if (step && !job) return { do: 'validate', step, by: jobKind(step) }
  if (step && job) return isTerminal(job.status) ? decideEnded(step, job) : { do: 'rest' }
  const scan = row.imageScans.find(one => !isDone(one))
  return scan ? { do: 'scan', step: scan } : { do: 'complete' }
}

/** The validation step that a certification is at; undefined when none is left. */
export const validationStep = ({ validation }: CertifiedRow): CertificationStep | undefined =>
  validation.find(step => !isDone(step))

/** Which job a validation step is carried out by: their names end in it. */
export const jobKind = ({ Name }: CertificationStep): JobKind =>
  Name.endsWith('-TrainingJob') ? 'training-job' : 'transform-job'

function decideEnded(step: CertificationStep, { status, ...job }: ValidationJob): CertificationMove {
  if (status === 'Completed') return { do: 'pass', step, ...(job.measured && { measured: job.measured }) }
  return { do: 'fail', step, reason: tooLate(job) ?? job.failureReason ?? `The job ended as ${status}.` }
}

/** A job that was stopped says no more than that; whoever has set its time is told which. */
const tooLate = ({ stopReason, maxRuntimeInSeconds }: Omit<ValidationJob, 'status'>): string | undefined =>
  stopReason === 'MaxRuntimeExceeded'
    ? `The training job took longer than its MaxRuntimeInSeconds, ${maxRuntimeInSeconds}, and was stopped.`
    : undefined
