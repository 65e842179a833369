import { setTimeout as sleep } from 'node:timers/promises'
import type { AlgorithmStatusDetails, ModelPackageStatusDetails } from '@aws-sdk/client-sagemaker'
import type { Product } from './certify-product.ts'
import type { Session } from './certify-session.ts'

/** One line of the report. `good` is undefined where there is nothing to check. */
export interface Check {
  readonly what: string
  readonly good: boolean | undefined
  /** Worth mending, though a certificate does not hang on it. */
  readonly warning?: true
  readonly detail: string
}

/** What AWS would certify all the same: its validation runs the profile's jobs and the scan, and looks at nothing else. */
export const asWarnings = (checks: readonly Check[]): Check[] =>
  checks.map(check => (check.good === false ? { ...check, good: true, warning: true } : check))

/** How far the certification of an algorithm or a model package has come. */
export interface Certified {
  readonly arn: string | undefined
  readonly status: string | undefined
  readonly details: AlgorithmStatusDetails | ModelPackageStatusDetails | undefined
}

/** What the certification itself says: a check for each step that ran, with its reason. */
export const certificationChecks = (details: Certified['details']): Check[] =>
  [...(details?.ValidationStatuses ?? []), ...(details?.ImageScanStatuses ?? [])].map(
    ({ Name, Status, FailureReason }) => ({
      what: Name as string,
      good: Status === 'NotStarted' ? undefined : Status === 'Completed',
      detail: FailureReason ?? (Status as string),
    }),
  )

/** The metrics that the product promises, against those that its training job printed. */
export async function metricChecks({ sagemaker }: Session, product: Product, trainingJob: string): Promise<Check[]> {
  const { FinalMetricDataList = [] } = await sagemaker.describeTrainingJob({ TrainingJobName: trainingJob })
  return (product.training?.MetricDefinitions ?? []).map(({ Name, Regex }) => {
    const found = FinalMetricDataList.find(({ MetricName }) => MetricName === Name)
    const detail = found ? `${found.Value}` : `no line of the log matches ${Regex}`
    return { what: `metric ${Name}`, good: found !== undefined, detail }
  })
}

const writes = /read-only file ?system|EROFS/i

/** A container that writes to its model is told so by the system, and its log tells us. */
export function modelDirectoryCheck(lines: readonly string[]): Check {
  const complaint = lines.find(line => writes.test(line) && line.includes('/opt/ml/model'))
  const detail = complaint
    ? `it writes there while it serves: ${complaint.trim().slice(0, 300)}`
    : 'no complaint in the log'
  return { what: 'read-only model directory', good: complaint === undefined, detail }
}

/** Asks five times a second; a quarter of an hour at most. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 900_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('A quarter of an hour is over, and it has not ended.')
    await sleep(200)
  }
}
