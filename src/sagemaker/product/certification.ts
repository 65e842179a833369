import type { Certificate, Measured } from '../../service/market.ts'
import type { InputSketch } from '../../service/product-inputs.ts'
import type { Resource } from '../../store/resources.ts'

export type StepStatus = 'NotStarted' | 'InProgress' | 'Completed' | 'Failed'

/** One entry of AlgorithmStatusDetails or ModelPackageStatusDetails. */
export interface CertificationStep {
  readonly Name: string
  readonly Status: StepStatus
  readonly FailureReason?: string
}

export type CertifiedStatus = 'Pending' | 'InProgress' | 'Completed' | 'Failed' | 'Deleting'

/** What algorithms and model packages share while they are certified. */
export interface CertifiedRow extends Resource {
  readonly status: CertifiedStatus
  /** `PROFILE-TrainingJob`, `PROFILE-TransformJob`, in the order in which they run. */
  readonly validation: readonly CertificationStep[]
  /** One per image. */
  readonly imageScans: readonly CertificationStep[]
  /** When it was completed, in milliseconds. */
  readonly certified?: number
  /** Of each validation job that ran to its end. */
  readonly measured?: readonly Measured[]
  /** Of each image that was scanned. */
  readonly imageBytes?: readonly number[]
  /** How often it was tried again over errors of the platform's own. */
  readonly tries?: number
  /** Of what the transform job was given. */
  readonly inputSketch?: InputSketch
}

/** What a listing tells of a certified row; undefined for one that was certified before anything was measured. */
export const certificateOf = (row: CertifiedRow): Certificate | undefined =>
  row.certified === undefined
    ? undefined
    : {
        issued: row.certified,
        // Names of steps begin with the profile's.
        validated: row.validation.filter(isDone).map(({ Name }) => Name.slice(Name.lastIndexOf('-') + 1)),
        imageBytes: row.imageBytes ?? [],
        measured: row.measured ?? [],
      }

export const isDone = ({ Status }: CertificationStep): boolean => Status === 'Completed' || Status === 'Failed'

export const setStep = (steps: readonly CertificationStep[], next: CertificationStep): CertificationStep[] =>
  steps.map(step => (step.Name === next.Name ? next : step))

/**
 * Name of a resource that a certification makes in the owner's account: `NAME-KIND-SUFFIX`, at most 63 characters, the same at
 * every call, so that a certification that begins again after a crash finds what it made.
 */
export function certificationName(row: Resource, kind: string): string {
  const suffix = row.created.toString(36)
  return `${row.name.slice(0, 61 - kind.length - suffix.length).replace(/-+$/, '')}-${kind}-${suffix}`
}
