import type { TransformJobDefinition } from '@aws-sdk/client-sagemaker'
import { clock } from '../../ground/clock.ts'
import { ServiceError } from '../../ground/errors.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Platform } from '../../service/context.ts'
import type { Resources } from '../../store/resources.ts'
import type { Transaction } from '../../store/store.ts'
import { failureReason } from '../../workload/failure-reason.ts'
import { serviceContext } from '../service-context.ts'
import { type ModelRow, models } from '../serving/model.ts'
import type { ModelContainer } from '../serving/model-container.ts'
import { insertTrainingJob, isTerminal, newTrainingJob, trainingJobs } from '../training/training-job.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { insertTransformJob, newTransformJob, transformJobs } from '../transform/transform-job.ts'
import { type AlgorithmRow, algorithms } from './algorithm.ts'
import { type CertificationStep, type CertifiedRow, certificationName, isDone, setStep } from './certification.ts'
import { containersOf, type ModelPackageRow, modelPackages } from './model-package.ts'

type JobOutcome = { readonly status: string; readonly failureReason?: string } | undefined

/**
 * Certifies algorithms: the profile's training job, then a model of its artifacts, then the profile's transform job, then the scan
 * of every image; each really runs in the owner's account. Source: SageMaker Developer Guide, "Create an Algorithm Resource".
 */
export function algorithmReconciler(platform: Platform): Reconciler {
  const certify = certifier(platform, algorithms)
  return async arn => {
    const row = await certify.begin(arn)
    if (!row) return
    platform.scanner.prepare(algorithmImages(row).values())
    const profile = row.request.ValidationSpecification?.ValidationProfiles[0]
    const role = row.request.ValidationSpecification?.ValidationRole as string
    const [training, transform] = row.validation
    if (training && !isDone(training)) return certify.job(row, training, () => trainingOutcome(row, role))
    if (transform && !isDone(transform))
      return certify.job(row, transform, () => {
        const containers = algorithmContainers(row, trainedArtifacts(row))
        return certify.transform(row, role, containers, profile?.TransformJobDefinition as TransformJobDefinition)
      })
    return certify.scan(row, algorithmImages(row))
  }

  async function trainingOutcome(row: AlgorithmRow, RoleArn: string): Promise<JobOutcome> {
    const ctx = serviceContext(platform, row.account, row.region)
    const TrainingJobName = certificationName(row, 'training')
    const existing = await trainingJobs.get(platform.store, ctx.arn('training-job', TrainingJobName))
    if (existing) return isTerminal(existing.status) ? inTime(existing) : undefined
    const { TrainingSpecification: spec, ValidationSpecification: validation } = row.request
    const { TrainingInputMode, ...definition } = validation?.ValidationProfiles[0]?.TrainingJobDefinition ?? {}
    const AlgorithmSpecification = {
      TrainingImage: spec.TrainingImage,
      TrainingInputMode,
      MetricDefinitions: spec.MetricDefinitions,
    }
    const request = { ...definition, TrainingJobName, RoleArn, AlgorithmSpecification, EnableNetworkIsolation: true }
    const job = await newTrainingJob(request as Parameters<typeof newTrainingJob>[0], ctx)
    const notify = { kind: 'algorithm', key: row.arn }
    await platform.store.transaction(tx =>
      insertTrainingJob(tx, { ...job, imageDigest: row.trainingImageDigest, notify }),
    )
    return undefined
  }

  async function trainedArtifacts(row: AlgorithmRow): Promise<string | undefined> {
    const ctx = serviceContext(platform, row.account, row.region)
    const job = await trainingJobs.get(platform.store, ctx.arn('training-job', certificationName(row, 'training')))
    return job?.modelArtifacts
  }

  async function algorithmContainers(
    row: AlgorithmRow,
    artifacts: Promise<string | undefined>,
  ): Promise<ModelContainer[]> {
    const ModelDataUrl = await artifacts
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
}

const algorithmImages = ({
  request,
  trainingImageDigest,
  inferenceImageDigests,
}: AlgorithmRow): Map<string, string> => {
  const containers = request.InferenceSpecification?.Containers ?? []
  const inference = containers.map(
    ({ Image }, index) => [Image as string, inferenceImageDigests[index] as string] as const,
  )
  return new Map([...inference, [request.TrainingSpecification.TrainingImage, trainingImageDigest]])
}

/** Certifies model packages: a model of its containers, the profile's transform job, the scan of every image. Source: seed document "Create a Model Package Resource". */
export function modelPackageReconciler(platform: Platform): Reconciler {
  const certify = certifier(platform, modelPackages)
  return async arn => {
    const row = await certify.begin(arn)
    if (!row) return
    platform.scanner.prepare(row.containers.map(({ imageDigest }) => imageDigest))
    const [transform] = row.validation
    const validation = row.request.ValidationSpecification
    if (transform && !isDone(transform))
      return certify.job(row, transform, () => {
        const definition = validation?.ValidationProfiles[0]?.TransformJobDefinition as TransformJobDefinition
        return certify.transform(
          row,
          validation?.ValidationRole as string,
          Promise.resolve(containersOf(row)),
          definition,
        )
      })
    return certify.scan(
      row,
      new Map(row.containers.map(({ definition, imageDigest }) => [definition.Image as string, imageDigest])),
    )
  }
}

/** A job that was stopped says no more than that; whoever has set its time is told which. */
const inTime = (job: TrainingJobRow): JobOutcome =>
  job.stopReason === 'MaxRuntimeExceeded'
    ? {
        status: job.status,
        failureReason: `The training job took longer than its MaxRuntimeInSeconds, ${job.request.StoppingCondition?.MaxRuntimeInSeconds}, and was stopped.`,
      }
    : job

function certifier<Row extends AlgorithmRow | ModelPackageRow>(platform: Platform, kind: Resources<Row>) {
  const { store } = platform

  const merge = (tx: Transaction, row: Row, change: Partial<CertifiedRow>) =>
    kind.update(tx, row.arn, change as unknown as Partial<Row>)
  const update = (row: Row, change: Partial<CertifiedRow>) => store.transaction(tx => merge(tx, row, change))

  async function begin(arn: string): Promise<Row | undefined> {
    const row = await kind.get(store, arn)
    if (row?.status === 'Pending') return update(row, { status: 'InProgress' })
    return row?.status === 'InProgress' ? row : undefined
  }

  /** Runs one step: `outcome` makes the job if there is none and tells how it ended, or nothing while it runs. */
  async function job(row: Row, step: CertificationStep, outcome: () => Promise<JobOutcome>): Promise<void> {
    if (step.Status === 'NotStarted')
      await update(row, { validation: setStep(row.validation, { ...step, Status: 'InProgress' }) })
    try {
      const ended = await outcome()
      if (!ended) return
      if (ended.status !== 'Completed')
        return fail(row, step, ended.failureReason ?? `The job ended as ${ended.status}.`)
    } catch (error) {
      if (error instanceof ServiceError) return fail(row, step, `${error.code}: ${error.message}`)
      throw error
    }
    await store.transaction(async tx => {
      await merge(tx, row, { validation: setStep(row.validation, { Name: step.Name, Status: 'Completed' }) })
      await tx.enqueue(kind.kind, row.arn)
    })
  }

  async function fail(row: Row, { Name }: CertificationStep, reason: string): Promise<void> {
    const failed = { Name, Status: 'Failed', FailureReason: failureReason(reason) } as const
    await update(row, {
      status: 'Failed',
      validation: setStep(row.validation, failed),
      imageScans: setStep(row.imageScans, failed),
    })
  }

  async function transform(
    row: Row,
    role: string,
    containers: Promise<ModelContainer[]>,
    definition: TransformJobDefinition,
  ): Promise<JobOutcome> {
    const ctx = serviceContext(platform, row.account, row.region)
    const TransformJobName = certificationName(row, 'transform')
    const existing = await transformJobs.get(store, ctx.arn('transform-job', TransformJobName))
    if (existing) return isTerminal(existing.status) ? existing : undefined
    const model = await validationModel(row, role, await containers)
    const request = { ...definition, TransformJobName, ModelName: model.name } as Parameters<typeof newTransformJob>[0]
    const job = newTransformJob(request, model, ctx)
    await store.transaction(async tx => {
      if (!(await models.get(tx, model.arn))) await models.insert(tx, model)
      await insertTransformJob(tx, { ...job, notify: { kind: kind.kind, key: row.arn } })
    })
    return undefined
  }

  async function validationModel(
    row: Row,
    executionRole: string,
    containers: readonly ModelContainer[],
  ): Promise<ModelRow> {
    const ctx = serviceContext(platform, row.account, row.region)
    const name = certificationName(row, 'model')
    const arn = ctx.arn('model', name)
    const { account, region } = row
    const at = { created: clock.now(), modified: clock.now() }
    return {
      arn,
      account,
      region,
      name,
      parent: '',
      status: '',
      ...at,
      containers,
      executionRole,
      isolated: true,
      invocation: 'Serial',
    }
  }

  /** Looks into each image once; the policy's word ends the certification. */
  async function scan(row: Row, digests: ReadonlyMap<string, string>): Promise<void> {
    let scans = row.imageScans
    for (const step of scans) {
      if (isDone(step)) continue
      await update(row, { imageScans: setStep(scans, { ...step, Status: 'InProgress' }) })
      const report = await platform.scanner.scan(digests.get(step.Name) as string)
      if (report.blocked) return fail(row, step, report.blocked)
      scans = setStep(scans, { Name: step.Name, Status: 'Completed' })
      await update(row, { imageScans: scans })
    }
    await update(row, { status: 'Completed' })
  }

  return { begin, job, transform, scan }
}
