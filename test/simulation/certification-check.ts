import type { CertifiedRow } from '../../src/sagemaker/product/certification.ts'
import type { TrainingJobRow } from '../../src/sagemaker/training/training-job-row.ts'
import type { TransformJobRow } from '../../src/sagemaker/transform/transform-job-row.ts'
import type { World } from './world.ts'

interface Jobs {
  readonly training: readonly TrainingJobRow[]
  readonly transform: readonly TransformJobRow[]
}

/** What is Completed has run, once, and passed every scan; what is Failed says which step did, and why. */
export function checkCertification(world: World, row: CertifiedRow, { training, transform }: Jobs): void {
  const violate = (what: string) => void world.violations.push(`${row.name} ${row.status}: ${what}`)
  const steps = [...row.validation, ...row.imageScans]
  const made = [...training, ...transform].filter(({ notify }) => notify?.key === row.arn)
  if (made.length > row.validation.length) violate(`${made.length} jobs for ${row.validation.length} steps`)
  const failed = steps.filter(({ Status }) => Status === 'Failed')
  if (row.status === 'Failed' && !failed.every(({ FailureReason }) => FailureReason)) violate('a failure has no reason')
  if (row.status === 'Failed' && failed.length !== 1) violate(`${failed.length} steps failed`)
  if (row.status !== 'Completed') return
  if (steps.some(({ Status }) => Status !== 'Completed')) violate(`steps are ${steps.map(({ Status }) => Status)}`)
  if (made.length !== row.validation.length || made.some(({ status }) => status !== 'Completed'))
    violate(`its jobs are ${made.map(({ status }) => status)}`)
  for (const { Name } of row.imageScans) if (world.blocked.has(Name)) violate(`the blocked image ${Name} has passed`)
}
