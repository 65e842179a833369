import type { Check } from './certify-checks.ts'
import { until } from './certify-checks.ts'
import { contractChecks, networkCheck, startupCheck } from './certify-container.ts'
import { followLogs } from './certify-log.ts'
import type { Product } from './certify-product.ts'
import { enlarged } from './certify-sample.ts'
import type { Session } from './certify-session.ts'

const mebibyte = 1024 * 1024
/** Source: SageMaker Runtime API reference, InvokeEndpoint, as AWS Marketplace limits products. */
const largestPayload = 6 * mebibyte

/** Deploys a model and asks it as a buyer would: start-up, port, pings, content types, the largest payload, network, shutdown in time. */
export async function servingChecks(
  session: Session,
  product: Product,
  model: string,
  tell: (line: string) => void,
): Promise<Check[]> {
  const InstanceType = product.inference.SupportedRealtimeInferenceInstanceTypes?.[0]
  if (!InstanceType) return [{ what: 'endpoint', good: undefined, detail: 'the product is for batch transform alone' }]
  const { sagemaker } = session
  const variant = {
    ...{ VariantName: 'All', ModelName: model, InstanceType, InitialInstanceCount: 1 },
    ContainerStartupHealthCheckTimeoutInSeconds: Math.min(3600, Math.max(60, session.startupSeconds)),
  }
  await sagemaker.createEndpointConfig({ EndpointConfigName: model, ProductionVariants: [variant] })
  const log = followLogs(session.logs, [{ group: `/aws/sagemaker/Endpoints/${model}`, prefix: 'All/' }], tell)
  try {
    return await endpointChecks(session, product, model, log)
  } finally {
    await log()
    await sagemaker.deleteEndpointConfig({ EndpointConfigName: model })
  }
}

/** For a container of an endpoint in service to be seen. */
const lookMs = 5_000

async function endpointChecks(
  session: Session,
  product: Product,
  name: string,
  log: () => Promise<void>,
): Promise<Check[]> {
  const { sagemaker, engine } = session
  const { EndpointArn = '' } = await sagemaker.createEndpoint({ EndpointName: name, EndpointConfigName: name })
  const settled = new AbortController()
  const startup = startupCheck(engine, EndpointArn, settled.signal)
  const describe = () => sagemaker.describeEndpoint({ EndpointName: name })
  await until(async () => {
    await log()
    return (await describe()).EndpointStatus !== 'Creating'
  })
  const { EndpointStatus, FailureReason } = await describe()
  const serves = EndpointStatus === 'InService'
  const checks: Check[] = [{ what: 'endpoint', good: serves, detail: FailureReason ?? (EndpointStatus as string) }]
  if (serves) {
    // It has answered by now; an engine that does not know it never will.
    const patience = setTimeout(() => settled.abort(), lookMs)
    const started = await startup
    clearTimeout(patience)
    checks.push(started, ...(await contractChecks(engine, EndpointArn)))
    checks.push(...(await invocationChecks(session, product, name)), await networkCheck(engine, EndpointArn))
  }
  settled.abort()
  return [...checks, await shutdownCheck(session, name)]
}

async function invocationChecks({ runtime }: Session, product: Product, name: string): Promise<Check[]> {
  const { SupportedContentTypes: [ContentType] = [], SupportedResponseMIMETypes: answers = [] } = product.inference
  const sample = product.sampleInput && Buffer.from(product.sampleInput)
  if (!ContentType || !sample) {
    const detail = 'product.json has no content type or no Delivery.InputProperties.SampleInput.RealtimeInferenceText'
    return [{ what: 'invocation', good: undefined, detail }]
  }
  const ask = async (Body: Uint8Array, Accept?: string) => {
    const start = performance.now()
    const answer = await runtime.invokeEndpoint({ EndpointName: name, ContentType, Accept, Body })
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
    const promise = good ? '' : `, where SupportedResponseMIMETypes promises ${wanted}`
    const detail =
      answer instanceof Error ? answer.message : `${answer.type}, ${answer.bytes} bytes after ${answer.ms} ms${promise}`
    checks.push({ what: `${ContentType} to ${wanted}`, good, detail })
  }
  const what = 'largest real-time payload'
  const large = enlarged(sample, ContentType, largestPayload)
  if (!large) return [...checks, { what, good: undefined, detail: `a sample of ${ContentType} cannot be enlarged` }]
  const answer = await ask(large).catch((error: Error) => error)
  const size = `${(large.byteLength / mebibyte).toFixed(2)} MiB`
  const detail = `${size}: ${answer instanceof Error ? answer.message : `answered after ${answer.ms} ms`}`
  return [...checks, { what, good: !(answer instanceof Error), detail }]
}

/** SIGTERM should end the container within 30 s; SageMaker kills it then, and certifies it all the same. Source: SageMaker Developer Guide, "Use Your Own Inference Code". */
async function shutdownCheck({ sagemaker }: Session, name: string): Promise<Check> {
  const started = performance.now()
  await sagemaker.deleteEndpoint({ EndpointName: name })
  const gone = () =>
    sagemaker.describeEndpoint({ EndpointName: name }).then(
      () => false,
      () => true,
    )
  await until(gone)
  const seconds = (performance.now() - started) / 1000
  const inTime = seconds < 30
  return {
    what: 'shutdown',
    good: true,
    ...(!inTime && { warning: true }),
    detail: inTime
      ? `ended ${seconds.toFixed(1)} s after SIGTERM; 30 s are allowed`
      : 'SIGTERM did not end it within 30 s, and it was killed: handle the signal, and start the program with an exec-form ENTRYPOINT',
  }
}
