import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureFrameworkImage } from '../../setup/framework-images.mjs'
import { type PresentEngine, presentEngines } from '../e2e/engines.ts'
import { createEndpoint, transform } from '../e2e/jobs.ts'
import { makeParty, type Party } from '../e2e/party.ts'
import { openWorld, type World } from '../e2e/world.ts'
import * as story from './example-story.ts'

const [engine] = (await presentEngines()) as [PresentEngine]
const { image, lacks } = (await ensureFrameworkImage(engine, 'test/frameworks/model-server')) as {
  image?: string
  lacks?: string
}
const skip = lacks && `the model server is not tried: ${lacks}`

/** What the toolkit wants of a script, as its README has it. */
const script = `
import json, os

def model_fn(model_dir, context=None):
    with open(os.path.join(model_dir, 'factor.json')) as file:
        return json.load(file)

def input_fn(data, content_type, context=None):
    if content_type != 'application/json':
        raise ValueError('application/json, please, not ' + content_type)
    return json.loads(data)

def predict_fn(numbers, factor, context=None):
    return [factor * number for number in numbers]

def output_fn(found, accept, context=None):
    return json.dumps(found)
`

const archive = async (files: Record<string, string>) => {
  const members = Object.entries(files).map(([name, body]) => ({ header: { name, size: body.length }, body }))
  return gzipSync(await packTar(members))
}

describe('AWS’s inference toolkit on its model server', { skip, timeout: 900_000 }, () => {
  let world: World
  let owner: Party
  before(async () => {
    world = await openWorld(engine, 'contract-probe')
    owner = await makeParty(world.server, engine, 'owner', image as string)
    const put = async (Key: string, files: Record<string, string>) =>
      owner.s3.putObject({ Bucket: owner.bucket, Key, Body: await archive(files) })
    await put('own/scripted.tar.gz', { 'factor.json': '3', 'code/inference.py': script })
    for (const factor of [3, 5]) await put(`many/by-${factor}.tar.gz`, { 'factor.json': `${factor}` })
  })
  after(() => world?.close())

  const model = (ModelName: string, ModelDataUrl: string, Mode: 'SingleModel' | 'MultiModel' = 'SingleModel') =>
    owner.sagemaker.createModel({
      ...{ ModelName, ExecutionRoleArn: owner.role },
      PrimaryContainer: {
        ...{ Image: owner.image, Mode, ModelDataUrl: `s3://${owner.bucket}/${ModelDataUrl}` },
        ...(Mode === 'SingleModel' && { Environment: { SAGEMAKER_PROGRAM: 'inference.py' } }),
      },
    })

  it('runs the script that the model brings', async () => {
    await model('single', 'own/scripted.tar.gz')
    const ask = await story.served(owner, 'single')
    assert.deepEqual(JSON.parse(await ask('application/json', '[1, 2]', 'application/json')), [3, 6])
    await assert.rejects(ask('text/csv', '1,2'), /application\/json, please, not text\/csv/)
    await owner.sagemaker.deleteEndpoint({ EndpointName: 'single' })
  })

  it('transforms a file', async () => {
    await owner.s3.putObject({ Bucket: owner.bucket, Key: 'rows/numbers.json', Body: '[4, 5]' })
    const S3DataSource = { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${owner.bucket}/rows/` }
    const done = await transform(owner, 'numbers', 'single', 'rows/', {
      TransformInput: { ContentType: 'application/json', DataSource: { S3DataSource } },
      TransformOutput: { S3OutputPath: `s3://${owner.bucket}/out`, Accept: 'application/json' },
      TransformResources: { InstanceType: story.instance, InstanceCount: 1 },
    })
    assert.equal(done.TransformJobStatus, 'Completed', done.FailureReason)
    const { Body } = await owner.s3.getObject({ Bucket: owner.bucket, Key: 'out/numbers.json.out' })
    assert.deepEqual(JSON.parse((await Body?.transformToString()) ?? ''), [12, 15])
  })

  it('loads many models into one container, by the contract that it was made for', async () => {
    await model('many', 'many/', 'MultiModel')
    const askOne = await multi('many')
    assert.deepEqual(await askOne('by-3.tar.gz'), [3])
    assert.deepEqual(await askOne('by-5.tar.gz'), [5])
    assert.deepEqual(await askOne('by-3.tar.gz'), [3])
    await assert.rejects(askOne('by-7.tar.gz'), /by-7\.tar\.gz/)
    await owner.sagemaker.deleteEndpoint({ EndpointName: 'many' })
  })

  /** Serves a model of many, and gives what asks one of them. */
  async function multi(EndpointName: string) {
    await createEndpoint(owner, EndpointName, [EndpointName], { InstanceType: story.instance })
    await story.inService(owner, EndpointName)
    return async (TargetModel: string) => {
      const asked = { EndpointName, TargetModel, ContentType: 'application/json', Body: '[1]' }
      return JSON.parse(Buffer.from((await owner.runtime.invokeEndpoint(asked)).Body ?? []).toString())
    }
  }

  it('leaves nothing behind', () => world.leavesNothing())
})
