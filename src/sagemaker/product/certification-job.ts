import type { TransformJobDefinition } from '@aws-sdk/client-sagemaker'
import { clock } from '../../ground/clock.ts'
import type { Platform } from '../../service/context.ts'
import type { Measured } from '../../service/market.ts'
import { serviceContext } from '../service-context.ts'
import { type ModelRow, models } from '../serving/model.ts'
import type { ModelContainer } from '../serving/model-container.ts'
import { insertTrainingJob, newTrainingJob, trainingJobs } from '../training/training-job.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { insertTransformJob, newTransformJob, transformJobs } from '../transform/transform-job.ts'
import type { AlgorithmRow } from './algorithm.ts'
import { type CertifiedRow, certificationName } from './certification.ts'
import { type JobKind, jobKind, type ValidationJob, validationStep } from './certification-decision.ts'

const suffixes: Readonly<Record<JobKind, string>> = { 'training-job': 'training', 'transform-job': 'transform' }

const jobArn = (platform: Platform, row: CertifiedRow, kind: JobKind): string =>
  serviceContext(platform, row.account, row.region).arn(kind, certificationName(row, suffixes[kind]))

/** The job of the validation step that a certification is at; undefined when it has none yet, or no step is left. */
export async function findValidationJob(platform: Platform, row: CertifiedRow): Promise<ValidationJob | undefined> {
  const step = validationStep(row)
  if (!step) return undefined
  const kind = jobKind(step)
  if (kind === 'transform-job') return transformJobs.get(platform.store, jobArn(platform, row, kind))
  const job = await trainingJobs.get(platform.store, jobArn(platform, row, kind))
  return (
    job && {
      ...job,
      maxRuntimeInSeconds: job.request.StoppingCondition?.MaxRuntimeInSeconds,
      measured: trainingMeasured(job),
    }
  )
}

const trainingMeasured = ({ request, trainingStart, trainingEnd, peakMemoryBytes }: TrainingJobRow): Measured => ({
  instanceType: request.ResourceConfig?.InstanceType as string,
  ...(trainingStart !== undefined &&
    trainingEnd !== undefined && { trainingSeconds: (trainingEnd - trainingStart) / 1000 }),
  ...(peakMemoryBytes !== undefined && { peakMemoryBytes }),
})

/** Trains with the algorithm as its profile says, in its owner's account. */
export async function startValidationTraining(platform: Platform, row: AlgorithmRow): Promise<void> {
  const { TrainingSpecification: spec, ValidationSpecification: validation } = row.request
  const { TrainingInputMode, ...definition } = validation?.ValidationProfiles[0]?.TrainingJobDefinition ?? {}
  const AlgorithmSpecification = {
    TrainingImage: spec.TrainingImage,
    TrainingInputMode,
    MetricDefinitions: spec.MetricDefinitions,
  }
  const request = {
    ...definition,
    TrainingJobName: certificationName(row, suffixes['training-job']),
    RoleArn: validation?.ValidationRole as string,
    AlgorithmSpecification,
    EnableNetworkIsolation: true,
  }
  const ctx = serviceContext(platform, row.account, row.region)
  const job = await newTrainingJob(request as Parameters<typeof newTrainingJob>[0], ctx)
  const notify = { kind: 'algorithm', key: row.arn }
  await platform.store.transaction(tx =>
    insertTrainingJob(tx, { ...job, imageDigest: row.trainingImageDigest, notify }),
  )
}

/** Sends the profile's data through a model of these containers, in the owner's account; wakes the certified `kind` at its end. */
export async function startValidationTransform(
  platform: Platform,
  kind: string,
  row: CertifiedRow & ValidatedRow,
  containers: readonly ModelContainer[],
): Promise<void> {
  const validation = row.request.ValidationSpecification
  const definition = validation?.ValidationProfiles?.[0]?.TransformJobDefinition
  const ctx = serviceContext(platform, row.account, row.region)
  const model = validationModel(platform, row, validation?.ValidationRole as string, containers)
  const TransformJobName = certificationName(row, suffixes['transform-job'])
  const request = { ...definition, TransformJobName, ModelName: model.name } as Parameters<typeof newTransformJob>[0]
  const job = newTransformJob(request, model, ctx)
  await platform.store.transaction(async tx => {
    if (!(await models.get(tx, model.arn))) await models.insert(tx, model)
    await insertTransformJob(tx, { ...job, notify: { kind, key: row.arn } })
  })
}

export interface ValidatedRow {
  readonly request: {
    readonly ValidationSpecification?: {
      readonly ValidationRole: string | undefined
      readonly ValidationProfiles: readonly { readonly TransformJobDefinition?: TransformJobDefinition }[] | undefined
    }
  }
}

function validationModel(
  platform: Platform,
  row: CertifiedRow,
  executionRole: string,
  containers: readonly ModelContainer[],
): ModelRow {
  const { account, region } = row
  const name = certificationName(row, 'model')
  const arn = serviceContext(platform, account, region).arn('model', name)
  const now = clock.now()
  return {
    ...{ arn, account, region, name, parent: '', status: '', created: now, modified: now },
    ...{ containers, executionRole, isolated: true, invocation: 'Serial' },
  }
}

/** What the algorithm's validation training left, as a model of the algorithm's containers. */
export async function trainedContainers(platform: Platform, row: AlgorithmRow): Promise<ModelContainer[]> {
  const job = await trainingJobs.get(platform.store, jobArn(platform, row, 'training-job'))
  const ModelDataUrl = job?.modelArtifacts
  return (row.request.InferenceSpecification?.Containers ?? []).map((container, index) => ({
    definition: {
      Image: container.Image,
      ContainerHostname: container.ContainerHostname,
      ...(index === 0 && ModelDataUrl && { ModelDataUrl }),
    },
    imageDigest: row.inferenceImageDigests[index] as string,
    environment: container.Environment ?? {},
    ...(index === 0 && ModelDataUrl && { modelData: { kind: 's3' as const, uri: ModelDataUrl } }),
  }))
}
