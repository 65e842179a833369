import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureExample } from '../../setup/images.mjs'
import { type PresentEngine, presentEngines } from '../e2e/engines.ts'
import { transform } from '../e2e/jobs.ts'
import { makeParty, type Party } from '../e2e/party.ts'
import { openWorld, type World } from '../e2e/world.ts'
import * as story from './example-story.ts'

const [engine] = (await presentEngines()) as [PresentEngine]
const tickets = [
  { subject: 'Paket', text: 'Mein Paket ist noch nicht da, und niemand sagt mir warum.' },
  { subject: 'Parcel', text: 'The parcel was damaged when it came,\nand nobody answers the telephone.' },
]

describe('a pipeline of own preprocessing and a bought product', { timeout: 900_000 }, () => {
  let world: World
  let buyer: Party
  before(async () => {
    world = await openWorld(engine, 'contract-probe')
    buyer = await makeParty(world.server, engine, 'buyer', (await ensureExample(engine, 'ticket-door')) as string)
  })
  after(() => world?.close())

  it('is a model of both, which the product’s seller has no part in', async () => {
    const { arn } = await story.boughtExample(world, buyer, 'language-guess')
    await buyer.sagemaker.createModel({
      ...{ ModelName: 'tickets', ExecutionRoleArn: buyer.role, EnableNetworkIsolation: true },
      Containers: [{ Image: buyer.image }, { ModelPackageName: arn }],
    })
  })

  it('answers what came in by what goes out', async () => {
    const ask = await story.served(buyer, 'tickets')
    assert.equal(await ask('application/json', JSON.stringify({ tickets }), 'text/plain'), 'german\nenglish\n')
    await assert.rejects(ask('application/json', '{"tickets": [1]}'), /container-1 with message "not \{"tickets": /)
    await assert.rejects(ask('text/csv', '1,2'), /415.* from container-1/)
    await buyer.sagemaker.deleteEndpoint({ EndpointName: 'tickets' })
  })

  it('transforms files', async () => {
    await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'today/all.json', Body: JSON.stringify({ tickets }) })
    const S3DataSource = { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${buyer.bucket}/today/` }
    const done = await transform(buyer, 'tickets', 'tickets', 'today/', {
      TransformInput: { ContentType: 'application/json', DataSource: { S3DataSource } },
      TransformOutput: { S3OutputPath: `s3://${buyer.bucket}/guessed`, Accept: 'text/plain' },
      TransformResources: { InstanceType: story.instance, InstanceCount: 1 },
    })
    assert.equal(done.TransformJobStatus, 'Completed', done.FailureReason)
    const { Body } = await buyer.s3.getObject({ Bucket: buyer.bucket, Key: 'guessed/all.json.out' })
    assert.equal(await Body?.transformToString(), 'german\nenglish\n')
  })

  it('leaves nothing behind', () => world.leavesNothing())
})
