import { clock } from '../../ground/clock.ts'
import { ServiceError } from '../../ground/errors.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Platform } from '../../service/context.ts'
import type { Resources } from '../../store/resources.ts'
import { failureReason } from '../../workload/failure-reason.ts'
import { decideOwnTrouble } from '../own-trouble.ts'
import { algorithms } from './algorithm.ts'
import { type CertificationStep, type CertifiedRow, setStep } from './certification.ts'
import { type CertificationMove, decideCertification, type JobKind, jobKind } from './certification-decision.ts'
import {
  findValidationJob,
  startValidationTraining,
  startValidationTransform,
  trainedContainers,
  type ValidatedRow,
} from './certification-job.ts'
import { algorithmImages, packageImages } from './certified-images.ts'
import { certifiedSketch } from './certified-inputs.ts'
import { containersOf, modelPackages } from './model-package.ts'

/** What differs between the kinds that are certified. */
interface Certified<Row extends CertifiedRow & ValidatedRow> {
  readonly rows: Resources<Row>
  /** Digests of the images to scan, by the names of their steps. */
  images(row: Row): ReadonlyMap<string, string>
  /** Makes the job of a step. A ServiceError fails the certification. */
  start(row: Row, by: JobKind): Promise<void>
}

/**
 * Certifies algorithms: the profile's training job, then a model of its artifacts, then the profile's transform job, then the scan
 * of every image; each really runs in the owner's account. Source: SageMaker Developer Guide, "Create an Algorithm Resource".
 */
export const algorithmReconciler = (platform: Platform): Reconciler =>
  certificationReconciler(platform, {
    rows: algorithms,
    images: algorithmImages,
    start: async (row, by) =>
      by === 'training-job'
        ? startValidationTraining(platform, row)
        : startValidationTransform(platform, algorithms.kind, row, await trainedContainers(platform, row)),
  })

/** Certifies model packages: a model of its containers, the profile's transform job, the scan of every image. Source: seed document "Create a Model Package Resource". */
export const modelPackageReconciler = (platform: Platform): Reconciler =>
  certificationReconciler(platform, {
    rows: modelPackages,
    images: packageImages,
    start: row => startValidationTransform(platform, modelPackages.kind, row, containersOf(row)),
  })

/** Moves a certification on (`decideCertification`) until its end, or until a job runs, which wakes it. */
function certificationReconciler<Row extends CertifiedRow & ValidatedRow>(
  platform: Platform,
  { rows, images, start }: Certified<Row>,
): Reconciler {
  const { store, scanner } = platform

  return async (arn, signal) => {
    for (let isPrepared = false; ; ) {
      signal.throwIfAborted()
      const row = await rows.get(store, arn)
      const move = decideCertification(row, row && (await findValidationJob(platform, row)))
      if (!row || move.do === 'rest') return
      if (!isPrepared) scanner.prepare(images(row).values())
      isPrepared = true
      try {
        await apply(move, row)
      } catch (error) {
        signal.throwIfAborted()
        await bear(move, row, error)
      }
    }
  }

  /** An error of the platform's own, tried again a bounded number of times where a step can be told as failed. */
  async function bear(move: CertificationMove, row: Row, error: unknown): Promise<void> {
    const trouble = decideOwnTrouble(row, error)
    if (!('step' in move) || trouble.do === 'wait') throw error
    if (trouble.do === 'give up') return fail(row, move.step, trouble.reason)
    await update(row, { tries: trouble.tries })
    throw error
  }

  async function apply(move: Exclude<CertificationMove, { do: 'rest' }>, row: Row): Promise<unknown> {
    switch (move.do) {
      case 'begin':
        return update(row, { status: 'InProgress' })
      case 'validate':
        return validate(row, move.step, move.by)
      case 'pass':
        return update(row, {
          validation: setStep(row.validation, completed(move.step)),
          ...(move.measured && { measured: [...(row.measured ?? []), move.measured] }),
          ...(jobKind(move.step) === 'transform-job' && (await sketched(row))),
        })
      case 'fail':
        return fail(row, move.step, move.reason)
      case 'scan':
        return scan(row, move.step)
      case 'complete':
        return update(row, { status: 'Completed', certified: clock.now() })
    }
  }

  async function sketched(row: Row): Promise<Pick<CertifiedRow, 'inputSketch'>> {
    const { ValidationRole: role, ValidationProfiles: profiles } = row.request.ValidationSpecification ?? {}
    const definition = profiles?.[0]?.TransformJobDefinition
    const inputSketch = role && definition && (await certifiedSketch(platform, row, { role, definition }))
    return inputSketch ? { inputSketch } : {}
  }

  function update(row: Row, change: Partial<CertifiedRow>): Promise<Row> {
    return store.transaction(tx => rows.update(tx, row.arn, change as Partial<Row>))
  }

  async function validate(row: Row, step: CertificationStep, by: JobKind): Promise<void> {
    await update(row, { validation: setStep(row.validation, { ...step, Status: 'InProgress' }) })
    try {
      await start(row, by)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      await fail(row, step, `${error.code}: ${error.message}`)
    }
  }

  async function fail(row: Row, { Name }: CertificationStep, reason: string): Promise<void> {
    const failed = { Name, Status: 'Failed', FailureReason: failureReason(reason) } as const
    await update(row, {
      status: 'Failed',
      validation: setStep(row.validation, failed),
      imageScans: setStep(row.imageScans, failed),
    })
  }

  /** The policy's word ends the certification. */
  async function scan(row: Row, step: CertificationStep): Promise<void> {
    await update(row, { imageScans: setStep(row.imageScans, { ...step, Status: 'InProgress' }) })
    const digest = images(row).get(step.Name) as string
    const report = await scanner.scan(digest)
    if (report.blocked) return fail(row, step, report.blocked)
    const { layers, config } = await platform.images.source(digest)
    const bytes = [...layers, config].reduce((sum, { size }) => sum + size, 0)
    await update(row, {
      imageScans: setStep(row.imageScans, completed(step)),
      imageBytes: [...(row.imageBytes ?? []), bytes],
    })
  }
}

const completed = ({ Name }: CertificationStep): CertificationStep => ({ Name, Status: 'Completed' })
