import type { LogLine } from '../../driver/driver.ts'
import type { Platform } from '../../service/context.ts'
import { createMetricExtractor, finalValues } from '../../workload/metric-definition.ts'
import { recordObjective } from '../tuning/tuning-objective.ts'
import { trainingJobs } from './training-job.ts'
import type { TrainingJobRow } from './training-job-row.ts'
import { createTrainingProgress } from './training-progress.ts'

/**
 * Watches a job's output for its metric definitions: each match is a datum of `/aws/sagemaker/TrainingJobs`, and the last value of
 * each metric is kept with the job. It runs before a batch of lines is kept, so after a crash a batch may be seen again: the last
 * value comes out the same. Source: SageMaker Developer Guide, "Use Amazon CloudWatch Metrics to Monitor and Analyze Training Jobs".
 */
export function metricRecorder(
  platform: Platform,
  job: TrainingJobRow,
  host: string,
): (lines: readonly LogLine[]) => Promise<void> {
  const definitions = job.metricDefinitions.map(({ Name, Regex }) => ({ Name: Name as string, Regex: Regex as string }))
  if (definitions.length === 0) return async () => {}
  const extractor = createMetricExtractor(definitions)
  const progress = createTrainingProgress(platform)
  return async lines => {
    const before = extractor.dropped.length
    const values = await extractor.extract(lines.map(({ text }) => text))
    for (const { name, reason } of extractor.dropped.slice(before))
      await progress.note(job, `The metric definition ${name} is not applied any more: ${reason}`)
    const found = values
      .map(({ name, value, line }) => ({ name, value, line: lines[line] as LogLine }))
      .map(({ name, value, line: { time, cursor } }) => ({ name, value, time, cursor }))
    if (found.length === 0) return
    const dimensions = { TrainingJobName: job.name }
    platform.metrics.put(
      job.account,
      job.region,
      '/aws/sagemaker/TrainingJobs',
      found.map(({ name, value, time }) => ({ name, value, time, dimensions })),
    )
    const last = Object.fromEntries(
      finalValues(found).map(({ name, value, time }) => [name, { value, time: time.getTime() }]),
    )
    await platform.store.transaction(async tx => {
      await trainingJobs.update(tx, job.arn, row => ({ finalMetrics: { ...row.finalMetrics, ...last } }))
      await recordObjective(tx, job, host, found)
    })
  }
}
