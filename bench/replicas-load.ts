import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { poll } from '../demo/world.ts'
import { trainingRequest } from '../test/e2e/jobs.ts'
import type { Party } from '../test/e2e/party.ts'

/** What was acknowledged. */
export interface Truth {
  readonly groups: Set<string>
  /** Sums of objects, by their keys. */
  readonly objects: Map<string, string>
  readonly jobs: Set<string>
  /** Of the metered endpoint. */
  answered: number
  /** Attempts: one whose answer was lost may be metered. */
  asked: number
  /** Groups that the next server asked did not know. */
  unread: number
}

interface Load {
  readonly seller: Party
  readonly buyer: Party
  readonly endpointName: string
}

const sha = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')
const partBytes = 5 << 20

/** Asks whoever the balancer gives, in several lanes, until it is ended. What breaks off was not acknowledged. */
export function beginLoad({ seller, buyer, endpointName: EndpointName }: Load) {
  const truth: Truth = { groups: new Set(), objects: new Map(), jobs: new Set(), answered: 0, asked: 0, unread: 0 }
  let goesOn = true

  const group = async (name: string) => {
    await seller.sagemaker.createModelPackageGroup({ ModelPackageGroupName: name })
    truth.groups.add(name)
    const read = () => seller.sagemaker.describeModelPackageGroup({ ModelPackageGroupName: name })
    await read().catch(error => {
      if (error.name === 'ValidationException') truth.unread++
    })
  }
  const object = async (Key: string) => {
    const { s3, bucket: Bucket } = seller
    const contents = [randomBytes(partBytes), randomBytes(1000)]
    const { UploadId } = await s3.createMultipartUpload({ Bucket, Key })
    const Parts = []
    for (const [index, Body] of contents.entries()) {
      const part = { Bucket, Key, UploadId, PartNumber: index + 1 }
      Parts.push({ PartNumber: index + 1, ETag: (await s3.uploadPart({ ...part, Body })).ETag })
    }
    await s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts } })
    truth.objects.set(Key, sha(Buffer.concat(contents)))
    await sleep(300)
  }
  const job = async (name: string) => {
    await seller.sagemaker.createTrainingJob(trainingRequest(seller, name, { mode: 'ok' }))
    truth.jobs.add(name)
    await jobEnd(seller, name)
  }
  const invocation = async () => {
    const asked = (told: { $metadata?: { attempts?: number } }) => {
      truth.asked += told.$metadata?.attempts ?? 1
    }
    const answer = await buyer.runtime
      .invokeEndpoint({ EndpointName, Body: 'one', ContentType: 'text/csv' })
      .catch(error => {
        asked(error)
        throw error
      })
    asked(answer)
    truth.answered++
    await sleep(20)
  }

  async function lane(name: string, work: (name: string) => Promise<void>): Promise<void> {
    for (let number = 0; goesOn; number++) await work(`${name}-${number}`).catch(() => sleep(100))
  }

  const lanes = [
    ...['group-a', 'group-b', 'group-c'].map(name => lane(name, group)),
    ...[lane('object', object), lane('job-a', job), lane('job-b', job)],
    ...[lane('invocation-a', invocation), lane('invocation-b', invocation)],
  ]
  return {
    async end() {
      goesOn = false
      await Promise.all(lanes)
      return truth
    },
  }
}

export const jobEnd = ({ sagemaker }: Party, TrainingJobName: string) =>
  poll(
    () => sagemaker.describeTrainingJob({ TrainingJobName }),
    ({ TrainingJobStatus }) => /Completed|Failed|Stopped/.test(TrainingJobStatus ?? ''),
  )

/** How many of the objects are not what was put. */
export async function spoiled({ s3, bucket: Bucket }: Party, objects: Truth['objects']): Promise<number> {
  let count = 0
  for (const [Key, sum] of objects) {
    const content = await s3.getObject({ Bucket, Key }).then(
      ({ Body }) => Body?.transformToByteArray(),
      () => undefined,
    )
    if (!content || sha(content) !== sum) count++
  }
  return count
}
