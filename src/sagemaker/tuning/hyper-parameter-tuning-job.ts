import { ValidationException } from '../../ground/errors.ts'
import { randomness } from '../../ground/randomness.ts'
import type { Context } from '../../service/context.ts'
import { insertTags, type Tag } from '../resource-tag.ts'
import { ResourceInUse } from '../sagemaker-error.ts'
import type { Op } from '../sagemaker-operation.ts'
import { isTerminal } from '../training/training-job.ts'
import { requireRoomForTuning } from '../work-quota.ts'
import { type TuningRequest, tuningDefinitions } from './tuning-definition.ts'
import { requireTuningJob, type TuningJobRow, tuningJobs } from './tuning-job.ts'
import { checkLaunch } from './tuning-launch.ts'
import { tuningProgress } from './tuning-progress.ts'
import { checkTuningConfig, hyperbandResource, trainingJobLimit } from './tuning-rules.ts'
import { removeTrials } from './tuning-trial.ts'
import { inherit } from './tuning-warm-start.ts'

export const createHyperParameterTuningJob: Op<'CreateHyperParameterTuningJob'> = async (input, ctx) => {
  const { Tags, ...request } = input
  const row = await newTuningJob(request, Tags ?? [], ctx)
  for (const definition of row.definitions) {
    // What acts by the role are the training jobs.
    const arn = ctx.arn('training-job', row.name)
    await ctx.iam.passRole(ctx.principal, definition.training.RoleArn, 'sagemaker.amazonaws.com', arn)
    await checkLaunch(row, definition, ctx)
  }
  return ctx.store.transaction(async tx => {
    if (await tuningJobs.get(tx, row.arn))
      throw new ResourceInUse(
        `A hyperparameter tuning job with the name ${row.name} already exists. Choose another name.`,
      )
    await requireRoomForTuning(tx, row.account)
    await insertTags(tx, row.arn, Tags)
    await tuningJobs.insert(tx, row)
    await tx.enqueue('hyper-parameter-tuning-job', row.arn)
    return { HyperParameterTuningJobArn: row.arn }
  })
}

async function newTuningJob(request: TuningRequest, tags: readonly Tag[], ctx: Context): Promise<TuningJobRow> {
  const { HyperParameterTuningJobName: name, HyperParameterTuningJobConfig: config } = request
  const definitions = await tuningDefinitions(request, ctx)
  checkTuningConfig(request, definitions)
  if (config.Strategy === 'Hyperband') for (const definition of definitions) hyperbandResource(request, definition)
  const inheritance = await inherit(request, definitions, ctx)
  const now = ctx.now().getTime()
  return {
    ...{ arn: ctx.arn('hyper-parameter-tuning-job', name), account: ctx.account, region: ctx.region, name, parent: '' },
    ...{ status: 'InProgress', created: now, modified: now, request, tags, definitions },
    seed: config.RandomSeed ?? randomness.below(2 ** 31),
    limit: trainingJobLimit(request, definitions, inheritance?.count ?? 0),
    ...(inheritance && { inheritance }),
    progress: tuningProgress('Maximize', []),
  }
}

export const stopHyperParameterTuningJob: Op<'StopHyperParameterTuningJob'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row = await requireTuningJob(tx, input.HyperParameterTuningJobName, ctx)
    if (isTerminal(row.status))
      throw new ValidationException(`The request was rejected because the tuning job is in status ${row.status}.`)
    if (row.status === 'Stopping') return {}
    await tuningJobs.update(tx, row.arn, { status: 'Stopping' })
    await tx.enqueue('hyper-parameter-tuning-job', row.arn)
    return {}
  })

/** Source: SageMaker API reference, DeleteHyperParameterTuningJob: the entry goes, its training jobs stay. */
export const deleteHyperParameterTuningJob: Op<'DeleteHyperParameterTuningJob'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row = await requireTuningJob(tx, input.HyperParameterTuningJobName, ctx)
    if (!isTerminal(row.status))
      throw new ValidationException(
        `The tuning job ${row.name} is in status ${row.status}. Stop it before deleting it.`,
      )
    await removeTrials(tx, row.arn)
    await tuningJobs.remove(tx, row.arn)
    return {}
  })
