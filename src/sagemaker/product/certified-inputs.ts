import type { TransformJobDefinition } from '@aws-sdk/client-sagemaker'
import { ServiceError } from '../../ground/errors.ts'
import { turns } from '../../ground/turns.ts'
import type { Platform } from '../../service/context.ts'
import type { Principal } from '../../service/principal.ts'
import type { InputSketch } from '../../service/product-inputs.ts'
import { listSource, type S3Source } from '../../workload/channel.ts'
import { type InputRecord, readRecords } from '../../workload/input-record.ts'
import { sketchOf } from '../../workload/input-sketch.ts'
import { listMemory } from '../../workload/list-memory.ts'
import type { CertifiedRow } from './certification.ts'

interface ValidatedBy {
  readonly role: string
  readonly definition: TransformJobDefinition
}

type Parts = Pick<Platform, 'iam' | 'objects' | 'log'>

const mostRecords = 20_000
/** All of them are held at once. */
const mostBytes = 16 * 1024 * 1024
const recordsATurn = 500

/**
 * The sketch of what the profile's transform job has read, with which inputs of buyers are compared; undefined of too few records, and of what its container is not given as it is: compressed, or cut into
 * RecordIO or TFRecord.
 */
export async function certifiedSketch(
  parts: Parts,
  row: CertifiedRow,
  { role, definition: { TransformInput: input } }: ValidatedBy,
): Promise<InputSketch | undefined> {
  const isPlain = (input?.CompressionType ?? 'None') === 'None' && ['None', 'Line'].includes(input?.SplitType ?? 'None')
  const source = input?.DataSource?.S3DataSource
  if (!isPlain || !source) return undefined
  try {
    const as = await parts.iam.assumeForService(role, 'sagemaker.amazonaws.com', row.name, row.arn)
    return sketchOf(await recordsOfSource(parts, as, source as S3Source, input.ContentType ?? ''))
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    parts.log.warn({ err: error, arn: row.arn }, 'what certification was given could not be sketched')
    return undefined
  }
}

async function recordsOfSource({ objects }: Parts, as: Principal, source: S3Source, contentType: string) {
  const records: InputRecord[] = []
  let bytes = 0
  using held = await listMemory.hold(as.account, room => listSource(objects, as, source, room))
  for (const { bucket, key } of held.list) {
    const { body, size } = await objects.get(as, bucket, key)
    for await (const record of readRecords(body, size, contentType)) {
      bytes += Number(record.get('#bytes'))
      if (bytes > mostBytes || records.push(record) === mostRecords) return records
      if (records.length % recordsATurn === 0) await turns.takeAgain(as.account)
    }
  }
  return records
}
