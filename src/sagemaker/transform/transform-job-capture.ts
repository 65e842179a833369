import type { Objects } from '../../service/objects.ts'
import type { Principal } from '../../service/principal.ts'
import type { SourceObject } from '../../workload/channel.ts'
import { joinS3Uri, parseS3Uri } from '../../workload/s3-uri.ts'
import { outputName } from './output-name.ts'
import type { TransformJobRow } from './transform-job-row.ts'

/** Throws as `Objects.checkWritable` does when what the job is to capture could not be written. */
export async function checkCapture(objects: Objects, role: Principal, { request }: TransformJobRow): Promise<void> {
  if (!request.DataCaptureConfig) return
  const { bucket, key } = parseS3Uri(joinS3Uri(request.DataCaptureConfig.DestinationS3Uri as string, ''))
  await objects.checkWritable(role, bucket, key)
}

/**
 * What a job has read and written, under `input/` and `output/` of DestinationS3Uri: not the data again, but manifests that name the
 * objects, in a folder of the hour in which the job began. Only a job that reads and writes everything leaves them. Source: SageMaker
 * Developer Guide, "Capture data from batch transform job".
 */
export async function writeCapture(
  objects: Objects,
  role: Principal,
  { name, request, transformStart }: TransformJobRow,
  inputs: readonly SourceObject[],
): Promise<void> {
  const { DestinationS3Uri: destination, KmsKeyId: kmsKeyId } = request.DataCaptureConfig ?? {}
  if (!destination) return
  const hour = new Date(transformStart as number).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/')
  const options = { contentType: 'application/json', ...(kmsKeyId && { kmsKeyId }) }
  const put = (side: string, manifest: Manifest) => {
    const { bucket, key } = parseS3Uri(joinS3Uri(destination, side, hour, `${name}.json`))
    return objects.put(role, bucket, key, Buffer.from(`${JSON.stringify(manifest)}\n`), options)
  }
  await put('input', manifestOf(inputs))
  const prefix = joinS3Uri(request.TransformOutput.S3OutputPath as string, '')
  await put('output', [{ prefix }, ...inputs.map(({ path }) => outputName(path))])
}

type Manifest = readonly [{ readonly prefix: string }, ...(readonly string[])]

/** All objects of a source lie in one bucket; the prefix is the folder that they share. */
function manifestOf(inputs: readonly SourceObject[]): Manifest {
  const keys = inputs.map(({ key }) => key)
  const folder = keys.reduce(
    (shared, key) => {
      let length = 0
      while (length < shared.length && shared[length] === key[length]) length++
      return shared.slice(0, shared.slice(0, length).lastIndexOf('/') + 1)
    },
    keys[0]?.slice(0, (keys[0]?.lastIndexOf('/') ?? -1) + 1) ?? '',
  )
  return [{ prefix: `s3://${inputs[0]?.bucket}/${folder}` }, ...keys.map(key => key.slice(folder.length))]
}
