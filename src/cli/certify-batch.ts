import { readFile, stat } from 'node:fs/promises'
import type { Check } from './certify-checks.ts'
import { until } from './certify-checks.ts'
import { followLogs } from './certify-log.ts'
import { dataFiles, type Product } from './certify-product.ts'
import { enlarged } from './certify-sample.ts'
import type { Session } from './certify-session.ts'
import { silence } from './certify-silence.ts'

const mebibyte = 1024 * 1024
const what = 'largest batch payload'

/** One payload of as many MiB as the profile's MaxPayloadInMB allows, made of its own sample data. */
export async function batchCheck(
  session: Session,
  product: Product,
  ModelName: string,
  tell: (line: string) => void,
): Promise<Check> {
  const definition = product.profile.TransformJobDefinition
  const prefix = definition?.TransformInput?.DataSource?.S3DataSource?.S3Uri
  const contentType = definition?.TransformInput?.ContentType ?? ''
  if (!definition || !prefix) return { what, good: undefined, detail: 'the profile has no TransformJobDefinition' }
  const [file] = await dataFiles(product, prefix)
  const payload = definition.MaxPayloadInMB || 6
  // One that is larger than a payload is no sample to be enlarged, and may be larger than memory.
  const fits = file !== undefined && (await stat(file.path)).size <= payload * mebibyte
  const body = fits ? enlarged(await readFile(file.path), contentType, payload * mebibyte) : undefined
  if (!body)
    return {
      what,
      good: undefined,
      detail: `sample data of ${contentType || 'no type'} cannot be enlarged to ${payload} MiB`,
    }
  const { s3, sagemaker, bucket, suffix } = session
  const name = `certify-${suffix}-largest`
  const Key = `${suffix}/largest/data`
  await s3.putObject({ Bucket: bucket, Key, Body: body })
  const S3DataSource = { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${bucket}/${Key}` }
  await sagemaker.createTransformJob({
    ...definition,
    ...{ TransformJobName: name, ModelName, MaxConcurrentTransforms: 1, MaxPayloadInMB: payload },
    TransformInput: { ...definition.TransformInput, DataSource: { S3DataSource } } as never,
    TransformOutput: { ...definition.TransformOutput, S3OutputPath: `s3://${bucket}/${suffix}/output/largest` },
    TransformResources: definition.TransformResources,
  })
  const log = followLogs(session.logs, [{ group: '/aws/sagemaker/TransformJobs', prefix: `${name}/` }], tell)
  const describe = () => sagemaker.describeTransformJob({ TransformJobName: name })
  let silent: Check | undefined
  await until(async () => {
    silent ??= await silence(session, name)
    return /Completed|Failed|Stopped/.test((await describe()).TransformJobStatus ?? '')
  })
  if (silent) return { ...silent, what }
  await log()
  const { TransformJobStatus, FailureReason, TransformStartTime: start, TransformEndTime: end } = await describe()
  const seconds = (((end?.getTime() ?? 0) - (start?.getTime() ?? 0)) / 1000).toFixed(1)
  const detail = `${(body.byteLength / mebibyte).toFixed(2)} MiB: ${FailureReason ?? `${TransformJobStatus} in ${seconds} s`}`
  return { what, good: TransformJobStatus === 'Completed', detail }
}
