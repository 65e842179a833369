import { createHyperParameterTuningJob } from '../../src/sagemaker/tuning/hyper-parameter-tuning-job.ts'
import type { Ask } from './ask.ts'
import { role } from './job-story.ts'
import { trainingPlan } from './programs.ts'
import type { World } from './world.ts'

/** Every line that a program prints is a value of it: the number of the line. */
const metric = { Name: 'score', Regex: 'line ([0-9]+)' }

/** A search whose training jobs run one image. */
export function tune(world: World, name: string, ask: Ask): void {
  const random = world.random.of(name)
  world.plans.set(name, { ...trainingPlan(random), lines: random.between(0, 3) })
  const most = random.between(1, 4)
  const limits = {
    MaxNumberOfTrainingJobs: most,
    MaxParallelTrainingJobs: random.between(1, Math.min(2, most)),
    ...(random.chance(0.2) && { MaxRuntimeInSeconds: 300 }),
  }
  world.limits.set(name, limits)
  const strategy = random.pick(['Random', 'Random', 'Grid'] as const)
  const early = random.pick(['Off', 'Auto'] as const)
  ask('tune', 'hyper-parameter-tuning-job', name, ctx =>
    createHyperParameterTuningJob(
      {
        HyperParameterTuningJobName: name,
        HyperParameterTuningJobConfig: {
          Strategy: strategy,
          HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: metric.Name },
          ResourceLimits: limits,
          ParameterRanges: { CategoricalParameterRanges: [{ Name: 'kernel', Values: ['a', 'b', 'c', 'd'] }] },
          TrainingJobEarlyStoppingType: early,
        },
        TrainingJobDefinition: {
          AlgorithmSpecification: { TrainingImage: name, TrainingInputMode: 'File', MetricDefinitions: [metric] },
          RoleArn: role,
          OutputDataConfig: { S3OutputPath: 's3://out/' },
          ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
          StoppingCondition: { MaxRuntimeInSeconds: 300 },
        },
      },
      ctx,
    ),
  )
}
