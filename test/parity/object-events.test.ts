import assert from 'node:assert/strict'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { clientOf, type Installation, installation } from './installation.ts'
import { eventually, parityOf, verified } from './parity.ts'

const parity = parityOf('S3')
const guide = verified('Amazon S3 User Guide, "EventBridge event message structure"')
const Bucket = 'told-bucket'
const logGroupName = '/aws/events/objects'

const at = installation(async (at: Installation) => {
  const { s3, logs, id } = at.owner
  const events = clientOf(EventBridge, at)
  await s3.createBucket({ Bucket })
  await logs.createLogGroup({ logGroupName })
  await events.putRule({ Name: 'objects', EventPattern: JSON.stringify({ source: ['aws.s3'] }) })
  const Arn = `arn:aws:logs:us-east-1:${id}:log-group:${logGroupName}`
  await events.putTargets({ Rule: 'objects', Targets: [{ Id: 'log', Arn }] })
})

/** What was told so far, of objects whose keys begin so. */
async function told(prefix: string, count: number) {
  const { logs } = at.owner
  const read = async () =>
    ((await logs.filterLogEvents({ logGroupName })).events ?? [])
      .map(({ message }) => JSON.parse(message ?? ''))
      .filter(({ detail }) => detail.object.key.startsWith(prefix))
  return eventually(read, events => events.length >= count)
}

const turn = (on: boolean) =>
  at.owner.s3.putBucketNotificationConfiguration({
    Bucket,
    NotificationConfiguration: on ? { EventBridgeConfiguration: {} } : {},
  })

parity(
  'PutBucketNotificationConfiguration GetBucketNotificationConfiguration PutObject DeleteObject',
  guide,
  'where EventBridge is turned on, each object that is made or deleted is told, and nothing else',
  async () => {
    const { s3, id } = at.owner
    const shown = async () => (await s3.getBucketNotificationConfiguration({ Bucket })).EventBridgeConfiguration
    assert.equal(await shown(), undefined)
    await s3.putObject({ Bucket, Key: 'plain/before', Body: 'x' })
    await turn(true)
    assert.deepEqual(await shown(), {})
    const { ETag } = await s3.putObject({ Bucket, Key: 'plain/é 1', Body: 'hello' })
    await s3.copyObject({ Bucket, Key: 'plain/copy', CopySource: `${Bucket}/plain/before` })
    const upload = { Bucket, Key: 'plain/parts' }
    const { UploadId } = await s3.createMultipartUpload(upload)
    const part = await s3.uploadPart({ ...upload, UploadId, PartNumber: 1, Body: 'part' })
    const Parts = [{ PartNumber: 1, ETag: part.ETag }]
    await s3.completeMultipartUpload({ ...upload, UploadId, MultipartUpload: { Parts } })
    await s3.deleteObject({ Bucket, Key: 'plain/é 1' })
    await s3.deleteObject({ Bucket, Key: 'plain/nothing' })
    await s3.deleteObjects({ Bucket, Delete: { Objects: [{ Key: 'plain/copy' }, { Key: 'plain/none' }] } })
    await turn(false)
    await s3.putObject({ Bucket, Key: 'plain/after', Body: 'x' })
    await turn(true)
    await s3.putObject({ Bucket, Key: 'plain/last', Body: 'x' })
    const events = await told('plain/', 6)
    assert.deepEqual(
      events.map(event => [event['detail-type'], event.detail.reason, event.detail.object.key]),
      [
        ['Object Created', 'PutObject', 'plain/é 1'],
        ['Object Created', 'CopyObject', 'plain/copy'],
        ['Object Created', 'CompleteMultipartUpload', 'plain/parts'],
        ['Object Deleted', 'DeleteObject', 'plain/é 1'],
        ['Object Deleted', 'DeleteObject', 'plain/copy'],
        ['Object Created', 'PutObject', 'plain/last'],
      ],
    )
    const [first, , , deleted] = events
    const { sequencer, ...object } = first.detail.object
    assert.match(sequencer, /^[0-9A-F]+$/)
    assert.deepEqual(object, { key: 'plain/é 1', size: 5, etag: ETag?.replaceAll('"', '') })
    const { id: eventId, time, detail, ...envelope } = first
    assert.ok(eventId && Date.parse(time) <= Date.now() && detail['request-id'])
    assert.deepEqual(envelope, {
      ...{ version: '0', 'detail-type': 'Object Created', source: 'aws.s3', account: id, region: 'us-east-1' },
      resources: [`arn:aws:s3:::${Bucket}`],
    })
    assert.deepEqual([detail.version, detail.bucket, detail.requester], ['0', { name: Bucket }, id])
    assert.equal(deleted.detail['deletion-type'], 'Permanently Deleted')
    assert.ok(deleted.detail.object.sequencer > sequencer)
  },
)

parity(
  'PutBucketVersioning DeleteObject',
  guide,
  'versions are told by their ids, and delete markers as what they are',
  async () => {
    const { s3 } = at.owner
    await turn(true)
    await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })
    const named = { Bucket, Key: 'versions/a' }
    const { VersionId } = await s3.putObject({ ...named, Body: 'x' })
    const marker = await s3.deleteObject(named)
    await s3.deleteObject({ ...named, VersionId })
    const events = await told('versions/', 3)
    assert.deepEqual(
      events.map(({ detail }) => [detail.object['version-id'], detail['deletion-type']]),
      [
        [VersionId, undefined],
        [marker.VersionId, 'Delete Marker Created'],
        [VersionId, 'Permanently Deleted'],
      ],
    )
  },
)
