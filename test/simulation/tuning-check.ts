import { isTerminal } from '../../src/sagemaker/training/training-job.ts'
import type { TrainingJobRow } from '../../src/sagemaker/training/training-job-row.ts'
import type { TuningJobRow } from '../../src/sagemaker/tuning/tuning-job.ts'
import { isOpen, trialsOf } from '../../src/sagemaker/tuning/tuning-trial.ts'
import type { World } from './world.ts'

/** Each trial has its training job and each training job its trial, within the limit, counted once, and the best is the best. */
export async function checkTuning(world: World, row: TuningJobRow, training: readonly TrainingJobRow[]): Promise<void> {
  const violate = (what: string) => void world.violations.push(`${row.name} ${row.status}: ${what}`)
  const trials = await trialsOf(world.store, row.arn)
  const jobs = training.filter(({ tuningJobArn }) => tuningJobArn === row.arn)
  const most = world.limits.get(row.name)?.MaxNumberOfTrainingJobs ?? 0
  if (trials.length > most) violate(`${trials.length} training jobs of ${most}`)
  const [ofTrials, ofJobs] = [trials.map(trial => trial.trainingJobArn), jobs.map(({ arn }) => arn)]
  if (ofTrials.toSorted().join() !== ofJobs.toSorted().join()) violate(`has trials of ${ofTrials} and jobs ${ofJobs}`)
  if (isTerminal(row.status) && trials.some(isOpen)) violate('trials are open')
  const counted = Object.values(row.progress.jobs).reduce((sum, count) => sum + count, 0)
  if (counted !== trials.length) violate(`counts ${counted} of ${trials.length} training jobs`)
  if (row.status === 'Failed' && !row.failureReason) violate('no reason')
  for (const trial of trials) {
    const job = jobs.find(({ arn }) => arn === trial.trainingJobArn)
    const lines = world.plans.get(row.name)?.lines ?? 0
    const objective = job?.status === 'Completed' && lines > 0 ? lines : undefined
    if (job && trial.status !== job.status) violate(`trial ${trial.number} is ${trial.status}, its job ${job.status}`)
    if (objective !== undefined && trial.objective !== objective)
      violate(`trial ${trial.number} came to ${trial.objective}, its program printed ${objective}`)
  }
  const scores = trials.flatMap(({ objective }) => objective ?? [])
  const best = trials.find(({ number }) => number === row.progress.best)?.objective
  if (scores.length > 0 && best !== Math.max(...scores)) violate(`the best is ${best} of ${scores}`)
  if (row.status === 'Completed' && scores.length === 0) violate('nothing has succeeded')
}
