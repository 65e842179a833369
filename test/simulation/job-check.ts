import { createLogs } from '../../src/logs/log-sink.ts'
import type { TrainingJobRow } from '../../src/sagemaker/training/training-job-row.ts'
import { trainingStream } from '../../src/sagemaker/training/training-outcome.ts'
import type { TransformJobRow } from '../../src/sagemaker/transform/transform-job-row.ts'
import { lineOf } from './programs.ts'
import type { World } from './world.ts'

/** A job's end is what its program's was, its model is there, and so is every line. */
export async function checkTraining(world: World, job: TrainingJobRow): Promise<void> {
  const { violations } = world
  const runs = world.runs.filter(({ spec: { key } }) => key.arn === job.arn && key.attempt === job.attempt)
  const plan = world.plans.get(job.imageDigest)
  if (job.status === 'Completed' && (runs.length === 0 || plan?.exit !== 0))
    violations.push(`${job.name} is Completed, but its program ends with ${plan?.exit}, ${runs.length} runs`)
  if (job.status === 'Completed' && !world.objects.has(`out/${job.name}/output/model.tar.gz`))
    violations.push(`${job.name} is Completed without its model`)
  if (job.status === 'Failed' && !job.failureReason) violations.push(`${job.name} is Failed without a reason`)
  if (job.status === 'Failed' && /^AlgorithmError/.test(job.failureReason ?? '') && plan?.exit === 0)
    violations.push(`${job.name} blames its program, which ends well: ${job.failureReason}`)
  if (job.status === 'Stopped' && job.stopReason === undefined) violations.push(`${job.name} is Stopped by nobody`)
  for (const { spec } of runs) await checkLines(world, trainingStream(job, spec.key.host), spec, plan?.lines ?? 0)
}

/** A job that is Completed has an output for every input. */
export function checkTransform(
  { objects, violations }: World,
  { name, status, failureReason, request, evaluated }: TransformJobRow,
): void {
  const from = request.TransformInput.DataSource.S3DataSource?.S3Uri?.replace('s3://', '') ?? ''
  const to = request.TransformOutput.S3OutputPath?.replace('s3://', '').replace(/\/?$/, '/')
  const isRead = (path: string) => (evaluated ? path === `${evaluated.bucket}/${evaluated.key}` : path.startsWith(from))
  const inputs = [...objects.keys()].filter(isRead)
  const outputs = inputs.filter(path => objects.has(`${to}${path.slice(path.lastIndexOf('/') + 1)}.out`))
  if (status === 'Completed' && outputs.length < inputs.length)
    violations.push(`${name} is Completed with ${outputs.length} of ${inputs.length} outputs`)
  if (status === 'Failed' && !failureReason) violations.push(`${name} is Failed without a reason`)
}

/** Lines as the program printed them: all that it came to, once, in order. */
async function checkLines(
  world: World,
  stream: Parameters<ReturnType<typeof createLogs>['tail']>[0],
  spec: World['runs'][number]['spec'],
  most: number,
): Promise<void> {
  const logs = createLogs({ store: world.store, now: () => new Date(world.clock.now()) })
  const found = (await logs.tail(stream, 1000)).map(({ message }) => message)
  const printed = world.engine.printed(spec.key)
  const wanted = Array.from({ length: printed }, (_, index) => lineOf({ spec }, index + 1))
  if (printed > most) world.violations.push(`${stream.stream} printed ${printed} of ${most} lines`)
  // A log is ordered by time, and a clock that is set back turns lines round.
  const inOrder = (lines: string[]) => (world.options.clockSteps > 0 ? lines.toSorted() : lines).join('\n')
  if (inOrder(found) !== inOrder(wanted))
    world.violations.push(`${stream.stream}: ${printed} lines were printed, the log has: ${found.join(', ') || 'none'}`)
}
