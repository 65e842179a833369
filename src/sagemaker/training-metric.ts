import type { LogLine } from '../driver/driver.ts'
import type { Platform } from '../service/context.ts'
import { type TrainingJobRow, trainingJobs } from './training-job.ts'

/** SageMaker tests the beginning of a line only; a longer one could cost a regular expression too much. */
const longestLine = 4096

/**
 * Watches a job's output for its metric definitions: each match is a datum of `/aws/sagemaker/TrainingJobs`, and the last value of
 * each metric is kept with the job. It runs before a batch of lines is kept, so after a crash a batch may be seen again: the last
 * value comes out the same. Source: SageMaker Developer Guide, "Use Amazon CloudWatch Metrics to Monitor and Analyze Training Jobs".
 */
export function metricRecorder(platform: Platform, job: TrainingJobRow): (lines: readonly LogLine[]) => Promise<void> {
  const definitions = job.metricDefinitions.map(({ Name, Regex }) => ({
    name: Name as string,
    regex: new RegExp(Regex as string),
  }))
  return async lines => {
    const found = lines.flatMap(line => definitions.flatMap(definition => datum(definition, line) ?? []))
    if (found.length === 0) return
    const data = found.map(({ name, value, time }) => ({
      name,
      value,
      time,
      dimensions: { TrainingJobName: job.name },
    }))
    platform.metrics.put(job.account, job.region, '/aws/sagemaker/TrainingJobs', data)
    const last = Object.fromEntries(found.map(({ name, value, time }) => [name, { value, time: time.getTime() }]))
    await platform.store.transaction(tx =>
      trainingJobs.update(tx, job.arn, row => ({ finalMetrics: { ...row.finalMetrics, ...last } })),
    )
  }
}

function datum({ name, regex }: { name: string; regex: RegExp }, line: LogLine) {
  const captured = regex.exec(line.text.slice(0, longestLine))?.[1]
  const value = captured === undefined ? Number.NaN : Number(captured)
  return Number.isFinite(value) ? { name, value, time: line.time } : undefined
}
