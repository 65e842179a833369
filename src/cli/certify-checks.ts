import { setTimeout as sleep } from 'node:timers/promises'
import type { DescribeAlgorithmOutput } from '@aws-sdk/client-sagemaker'
import type { Product } from './certify-product.ts'
import type { Session } from './certify-session.ts'

/** One line of the report. `good` is undefined where the product leaves nothing to check. */
export interface Check {
  readonly what: string
  readonly good: boolean | undefined
  readonly detail: string
}

const megabyte = 1_000_000
const largestPayload = 6 * 1024 * 1024

/** What the certification itself says: a check for each step that ran, with its reason. */
export const certificationChecks = ({ AlgorithmStatusDetails: details }: DescribeAlgorithmOutput): Check[] =>
  [...(details?.ValidationStatuses ?? []), ...(details?.ImageScanStatuses ?? [])].map(
    ({ Name, Status, FailureReason }) => ({
      what: Name as string,
      good: Status === 'NotStarted' ? undefined : Status === 'Completed',
      detail: FailureReason ?? (Status as string),
    }),
  )

/** The metrics that the product promises, against those that its training job printed. */
export async function metricChecks({ sagemaker }: Session, product: Product, trainingJob: string): Promise<Check[]> {
  const { FinalMetricDataList = [] } = await sagemaker.describeTrainingJob({ TrainingJobName: trainingJob })
  return (product.training.MetricDefinitions ?? []).map(({ Name, Regex }) => {
    const found = FinalMetricDataList.find(({ MetricName }) => MetricName === Name)
    const detail = found ? `${found.Value}` : `no line of the log matches ${Regex}`
    return { what: `metric ${Name}`, good: found !== undefined, detail }
  })
}

/** Deploys what the training left and asks it as a buyer would: start-up, content types, a large payload, shutdown in time. */
export async function servingChecks(
  session: Session,
  product: Product,
  names: { algorithm: string; artifact: string },
): Promise<Check[]> {
  const name = `certify-${session.suffix}`
  const { sagemaker } = session
  const SourceAlgorithms = [{ AlgorithmName: names.algorithm, ModelDataUrl: names.artifact }]
  await sagemaker.createModelPackage({ ModelPackageName: name, SourceAlgorithmSpecification: { SourceAlgorithms } })
  await until(
    async () => (await sagemaker.describeModelPackage({ ModelPackageName: name })).ModelPackageStatus === 'Completed',
  )
  const PrimaryContainer = { ModelPackageName: name }
  await sagemaker.createModel({
    ModelName: name,
    PrimaryContainer,
    ExecutionRoleArn: session.role,
    EnableNetworkIsolation: true,
  })
  const InstanceType = product.inference.SupportedRealtimeInferenceInstanceTypes?.[0]
  const variant = { VariantName: 'All', ModelName: name, InstanceType, InitialInstanceCount: 1 }
  await sagemaker.createEndpointConfig({ EndpointConfigName: name, ProductionVariants: [variant] })
  try {
    return await endpointChecks(session, product, name)
  } finally {
    await sagemaker.deleteEndpointConfig({ EndpointConfigName: name })
    await sagemaker.deleteModel({ ModelName: name })
    await sagemaker.deleteModelPackage({ ModelPackageName: name })
  }
}

async function endpointChecks(session: Session, product: Product, name: string): Promise<Check[]> {
  const { sagemaker } = session
  const started = performance.now()
  await sagemaker.createEndpoint({ EndpointName: name, EndpointConfigName: name })
  const describe = () => sagemaker.describeEndpoint({ EndpointName: name })
  await until(async () => (await describe()).EndpointStatus !== 'Creating')
  const { EndpointStatus, FailureReason } = await describe()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const startup = {
    what: 'endpoint',
    good: EndpointStatus === 'InService',
    detail: FailureReason ?? `InService after ${seconds} s`,
  }
  const checks = EndpointStatus === 'InService' ? await invocationChecks(session, product, name) : []
  return [startup, ...checks, await shutdownCheck(session, name)]
}

async function invocationChecks({ runtime }: Session, product: Product, name: string): Promise<Check[]> {
  const { SupportedContentTypes: [ContentType] = [], SupportedResponseMIMETypes: answers = [] } = product.inference
  const sample = product.sampleInput
  if (!ContentType || !sample)
    return [
      {
        what: 'invocation',
        good: undefined,
        detail: 'product.json has no content type or no SampleInput.RealtimeInferenceText',
      },
    ]
  const ask = async (Body: string, Accept?: string) => {
    const start = performance.now()
    const answer = await runtime.invokeEndpoint({ EndpointName: name, ContentType, Accept, Body: Buffer.from(Body) })
    return {
      type: answer.ContentType ?? 'no content type',
      bytes: answer.Body?.byteLength ?? 0,
      ms: Math.round(performance.now() - start),
    }
  }
  const checks: Check[] = []
  for (const wanted of answers) {
    const answer = await ask(sample, wanted).catch((error: Error) => error)
    const good = !(answer instanceof Error) && answer.type.startsWith(wanted)
    const detail =
      answer instanceof Error ? answer.message : `${answer.type}, ${answer.bytes} bytes after ${answer.ms} ms`
    checks.push({ what: `${ContentType} to ${wanted}`, good, detail })
  }
  const large = sample.repeat(Math.floor(largestPayload / sample.length))
  const answer = await ask(large).catch((error: Error) => error)
  const size = `${(large.length / megabyte).toFixed(1)} MB`
  const detail = answer instanceof Error ? answer.message : `${size} answered after ${answer.ms} ms`
  return [...checks, { what: 'large payload', good: !(answer instanceof Error), detail }]
}

/** SIGTERM must end the container within 30 s. Source: SageMaker Developer Guide, "Use Your Own Inference Code". */
async function shutdownCheck({ sagemaker }: Session, name: string): Promise<Check> {
  const started = performance.now()
  await sagemaker.deleteEndpoint({ EndpointName: name })
  await until(() =>
    sagemaker.describeEndpoint({ EndpointName: name }).then(
      () => false,
      () => true,
    ),
  )
  const seconds = (performance.now() - started) / 1000
  const good = seconds < 30
  return {
    what: 'shutdown',
    good,
    detail: good ? `ended ${seconds.toFixed(1)} s after SIGTERM` : 'SIGTERM was ignored; it was killed after 30 s',
  }
}

/** Asks twice a second; a quarter of an hour at most. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 900_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('A quarter of an hour is over, and it has not ended.')
    await sleep(500)
  }
}
