import { ValidationException } from '../../ground/errors.ts'
import { notFound } from '../sagemaker-error.ts'
import type { Op } from '../sagemaker-operation.ts'
import { isTerminal, trainingJobs } from './training-job.ts'

/**
 * Changes what may change while a job runs. Of that this installation has where a profile would go, which is told, and switching
 * remote debugging off, which it is; the rest is refused (`unsupported.ts`). Source: SageMaker API Reference, UpdateTrainingJob.
 */
export const updateTrainingJob: Op<'UpdateTrainingJob'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const arn = ctx.arn('training-job', input.TrainingJobName)
    const row = await trainingJobs.get(tx, arn)
    if (!row) throw notFound()
    const { ProfilerConfig, RemoteDebugConfig } = input
    if (!ProfilerConfig && !RemoteDebugConfig)
      throw new ValidationException('UpdateTrainingJob needs something to update: ProfilerConfig or RemoteDebugConfig.')
    if (isTerminal(row.status))
      throw new ValidationException(`The request was rejected because the training job is in status ${row.status}.`)
    const request = {
      ...row.request,
      ...(ProfilerConfig && { ProfilerConfig }),
      ...(RemoteDebugConfig && { RemoteDebugConfig }),
    }
    await trainingJobs.update(tx, arn, { request })
    return { TrainingJobArn: arn }
  })
