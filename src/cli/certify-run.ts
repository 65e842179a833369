import { batchCheck } from './certify-batch.ts'
import {
  asWarnings,
  type Certified,
  type Check,
  certificationChecks,
  metricChecks,
  modelDirectoryCheck,
  until,
} from './certify-checks.ts'
import { followLogs } from './certify-log.ts'
import type { Product } from './certify-product.ts'
import { servingChecks } from './certify-serving.ts'
import type { Session } from './certify-session.ts'
import { silence } from './certify-silence.ts'
import { type Subject, subjectOf } from './certify-subject.ts'

type Tell = (line: string) => void

/**
 * Certifies the pushed image, and then uses what came of it as a buyer would. Each check tells what it found; what is found beyond the
 * certificate is a warning unless it is `strict`. `arn` is that of what was certified.
 */
export async function certifyImage(
  session: Session,
  product: Product,
  uri: string,
  { tell, strict }: { readonly tell: Tell; readonly strict: boolean },
): Promise<{ arn: string | undefined; checks: Check[] }> {
  const subject = subjectOf(session, product, uri)
  const aboutModel: string[] = []
  const hear = (line: string) => {
    tell(`  | ${line}`)
    if (line.includes('/opt/ml/model')) aboutModel.push(line)
  }
  await subject.create()
  const { done, silent } = await certification(session, subject, tell, hear)
  const certifying = [...certificationChecks(done.details), ...(silent ? [silent] : [])]
  const isCertified = done.status === 'Completed'
  const checks = product.type === 'ModelPackage' ? modelChecks : trainedChecks
  const used = isCertified ? await checks(session, product, subject.name, tell, hear) : []
  const served = certifying.some(({ what, good }) => what.endsWith('-TransformJob') && good !== undefined)
  const beyond = served ? [...used, modelDirectoryCheck(aboutModel)] : used
  return {
    arn: isCertified ? done.arn : undefined,
    checks: [...certifying, ...(isCertified && !strict ? asWarnings(beyond) : beyond)],
  }
}

/** Certifies alone. Throws an Error with every step that failed. */
export async function certifyOnly(session: Session, subject: Subject, tell: Tell): Promise<string> {
  await subject.create()
  const { done, silent } = await certification(session, subject, tell, line => tell(`  | ${line}`))
  const failed = [...certificationChecks(done.details), ...(silent ? [silent] : [])].filter(
    ({ good }) => good === false,
  )
  if (done.status === 'Completed' && failed.length === 0) return done.arn as string
  throw new Error(failed.map(({ what, detail }) => `${what}: ${detail}`).join('\n') || `it ended as ${done.status}`)
}

/** Waits for the certificate. Stops a transform job whose container does not answer `/ping` within `startupSeconds`. */
async function certification(
  session: Session,
  { name, describe }: Subject,
  tell: Tell,
  hear: Tell,
): Promise<{ done: Certified; silent: Check | undefined }> {
  const groups = ['/aws/sagemaker/TrainingJobs', '/aws/sagemaker/TransformJobs']
  const log = followLogs(
    session.logs,
    groups.map(group => ({ group, prefix: name })),
    hear,
  )
  let told = ''
  let silent: Check | undefined
  await until(async () => {
    const { status, details } = await describe()
    const running = details?.ValidationStatuses?.find(({ Status }) => Status === 'InProgress')?.Name ?? ''
    if (running && running !== told) tell(`running ${running}`)
    told = running || told
    silent ??= await silence(session, `${name}-transform`)
    await log()
    return status === 'Completed' || status === 'Failed'
  })
  return { done: await describe(), silent }
}

/** The metrics of the training, and a model package of what it left, which is removed again. */
async function trainedChecks(
  session: Session,
  product: Product,
  AlgorithmName: string,
  tell: Tell,
  hear: Tell,
): Promise<Check[]> {
  const { sagemaker } = session
  const NameContains = `${AlgorithmName}-training`
  const { TrainingJobSummaries = [] } = await sagemaker.listTrainingJobs({ NameContains })
  const TrainingJobName = TrainingJobSummaries[0]?.TrainingJobName
  if (!TrainingJobName) return []
  const { ModelArtifacts } = await sagemaker.describeTrainingJob({ TrainingJobName })
  const ModelPackageName = `certify-${session.suffix}`
  const SourceAlgorithms = [{ AlgorithmName, ModelDataUrl: ModelArtifacts?.S3ModelArtifacts }]
  await sagemaker.createModelPackage({ ModelPackageName, SourceAlgorithmSpecification: { SourceAlgorithms } })
  const describe = () => sagemaker.describeModelPackage({ ModelPackageName })
  try {
    await until(async () => /Completed|Failed/.test((await describe()).ModelPackageStatus ?? ''))
    const { ModelPackageStatus, ModelPackageStatusDetails: details } = await describe()
    const metrics = await metricChecks(session, product, TrainingJobName)
    if (ModelPackageStatus === 'Failed')
      return [...metrics, { what: 'model package', good: false, detail: JSON.stringify(details) }]
    return [...metrics, ...(await modelChecks(session, product, ModelPackageName, tell, hear))]
  } finally {
    await sagemaker.deleteModelPackage({ ModelPackageName })
  }
}

/** Transforms and deploys with a model of the package, and removes the model. */
async function modelChecks(
  session: Session,
  product: Product,
  ModelPackageName: string,
  tell: Tell,
  hear: Tell,
): Promise<Check[]> {
  const { sagemaker, role } = session
  const ModelName = `certify-${session.suffix}`
  await sagemaker.createModel({
    ...{ ModelName, PrimaryContainer: { ModelPackageName }, ExecutionRoleArn: role, EnableNetworkIsolation: true },
  })
  try {
    tell('transforming the largest payload')
    const batch = await batchCheck(session, product, ModelName, hear)
    tell('deploying, as a buyer would')
    return [batch, ...(await servingChecks(session, product, ModelName, hear))]
  } finally {
    await sagemaker.deleteModel({ ModelName })
  }
}
