import type { Readable } from 'node:stream'
import { ServiceError } from '../../ground/errors.ts'
import type { Platform } from '../../service/context.ts'
import type { CapturedInput, ComparedVariant, ProductInputs } from '../../service/product-inputs.ts'
import { joinS3Uri, parseS3Uri } from '../../workload/s3-uri.ts'
import { lines } from '../../workload/splitter-lines.ts'
import { algorithms } from '../product/algorithm.ts'
import { modelPackages } from '../product/model-package.ts'
import { endpoints } from './endpoint.ts'
import { captureOf } from './endpoint-capture.ts'

const hour = 3_600_000
/** Inputs and answers of some megabytes, in base64. What follows a longer one in its file is not read. */
const longestLine = 16 * 1024 * 1024
/** What is read between two times, whatever its owner has put there. */
const mostRead = { objects: 10_000, bytes: 256 * 1024 * 1024 }

/** What data capture keeps of endpoints' inputs, and what certification was given. */
export const createProductInputs = (
  platform: Pick<Platform, 'store' | 'iam' | 'objects'>,
  most = mostRead,
): ProductInputs => ({
  async find(arn, name) {
    const found = await variantAt(platform, arn, name)
    if (!found) return undefined
    const { row, variant, capture } = found
    const productArn = variant.model.containers[0]?.productArn
    const sketch = productArn && (await sketchOfProduct(platform, productArn))
    return {
      ...{ created: row.created, role: variant.model.executionRole, isCaptured: capture?.input === true },
      ...(productArn && { productArn }),
      ...(sketch && { sketch }),
    }
  },
  async *captured(arn, name, from, to) {
    const { row, capture } = (await variantAt(platform, arn, name)) ?? {}
    if (!row || !capture) return
    const as = await platform.iam.assumeForService(capture.role, 'sagemaker.amazonaws.com', row.name, row.arn)
    let [objects, bytes] = [0, 0]
    for (let time = from; time < to; time += hour) {
      const folder = new Date(time).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/')
      const { bucket, key: prefix } = parseS3Uri(`${joinS3Uri(capture.destination, row.name, name, folder)}/`)
      for await (const { key } of platform.objects.list(as, bucket, prefix)) {
        const { body, size } = await platform.objects.get(as, bucket, key)
        bytes += size
        if (++objects > most.objects || bytes > most.bytes) return body.destroy()
        yield* inputsOf(body)
      }
    }
  },
})

async function variantAt({ store }: Pick<Platform, 'store'>, arn: string, name: string) {
  const row = await endpoints.get(store, arn)
  const deployment = row?.status === 'Deleting' ? undefined : (row?.live ?? row?.target)
  const variant = deployment?.variants.find(each => each.name === name)
  if (!row || !deployment || !variant) return undefined
  return { row, variant, capture: captureOf(deployment, variant).capture }
}

async function sketchOfProduct(
  { store }: Pick<Platform, 'store'>,
  arn: string,
): Promise<ComparedVariant['sketch'] | undefined> {
  const row = (await modelPackages.get(store, arn)) ?? (await algorithms.get(store, arn))
  return row?.inputSketch
}

interface CapturedLine {
  readonly captureData?: {
    readonly endpointInput?: {
      readonly data?: string
      readonly encoding?: string
      readonly observedContentType?: string
    }
  }
}

/** Whoever owns the bucket may put there what they like: what is no line of data capture is passed over. */
async function* inputsOf(body: Readable): AsyncGenerator<CapturedInput> {
  try {
    for await (const line of lines(body, longestLine)) {
      const { data, encoding, observedContentType = '' } = inputOf(line)
      if (typeof data === 'string' && typeof observedContentType === 'string')
        yield { body: Buffer.from(data, encoding === 'BASE64' ? 'base64' : 'utf8'), contentType: observedContentType }
    }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
  } finally {
    body.destroy()
  }
}

function inputOf(line: Uint8Array) {
  try {
    return (JSON.parse(Buffer.from(line).toString()) as CapturedLine | null)?.captureData?.endpointInput ?? {}
  } catch {
    return {}
  }
}
