import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { packTar, unpackTar } from 'modern-tar'
import { region } from '../../demo/clients.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureFrameworkImage } from '../../setup/framework-images.mjs'
import { type PresentEngine, presentEngines } from '../e2e/engines.ts'
import { download, logLines, train, type trainingRequest } from '../e2e/jobs.ts'
import { makeParty, type Party } from '../e2e/party.ts'
import { input } from '../e2e/training-program.ts'
import { openWorld, type World } from '../e2e/world.ts'
import * as story from './example-story.ts'

const [engine] = (await presentEngines()) as [PresentEngine]
const { image, lacks } = (await ensureFrameworkImage(engine, 'test/frameworks/torch-toolkits')) as {
  image?: string
  lacks?: string
}
const skip = lacks && `PyTorch's toolkits are not tried: ${lacks}`

/** Data parallel over gloo, where the toolkit says who leads: y = 3x + 1, each host with rows of its own. */
const trainer = `
import argparse, json, os
import torch
import torch.distributed as dist

parser = argparse.ArgumentParser()
parser.add_argument('--rounds', type=int)
given, _ = parser.parse_known_args()
hosts = json.loads(os.environ['SM_HOSTS'])
rank = hosts.index(os.environ['SM_CURRENT_HOST'])
dist.init_process_group('gloo', rank=rank, world_size=len(hosts))
torch.manual_seed(rank)
model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(1, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(given.rounds):
    x = torch.rand(64, 1) * 2 - 1
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(x), 3 * x + 1)
    loss.backward()
    optimizer.step()
print(f'rank {rank} of {dist.get_world_size()} led by {os.environ["MASTER_ADDR"]}:{os.environ["MASTER_PORT"]}, loss={loss.item():.6f}')
if rank == 0:
    torch.jit.script(model.module).save(os.path.join(os.environ['SM_MODEL_DIR'], 'model.pth'))
`

/** What a model brings to answer in a way of its own. */
const answerer = `
import os, torch

def model_fn(model_dir):
    return torch.jit.load(os.path.join(model_dir, 'model.pth'))

def input_fn(body, content_type):
    if content_type != 'text/plain':
        raise ValueError('text/plain, please, not ' + content_type)
    return torch.tensor([[float(body)]])

def output_fn(found, accept):
    return 'about ' + format(found.item(), '.1f')
`

const archive = async (files: Readonly<Record<string, string | Uint8Array>>) => {
  const members = Object.entries(files).map(([name, body]) => ({ header: { name, size: body.length }, body }))
  return gzipSync(await packTar(members))
}

describe('AWS’s toolkits for PyTorch', { skip, timeout: 1_200_000 }, () => {
  let world: World
  let owner: Party
  let artifacts = ''
  before(async () => {
    world = await openWorld(engine, 'contract-probe')
    owner = await makeParty(world.server, engine, 'owner', image as string)
    await put('source/sourcedir.tar.gz', await archive({ 'train.py': trainer }))
  })
  after(() => world?.close())

  const put = (Key: string, Body: string | Uint8Array) => owner.s3.putObject({ Bucket: owner.bucket, Key, Body })
  const source = () => `s3://${owner.bucket}/source/sourcedir.tar.gz`

  const parameters = () => {
    const told = { sagemaker_program: 'train.py', sagemaker_region: region, sagemaker_submit_directory: source() }
    const values = { ...told, sagemaker_container_log_level: 20, rounds: 200 }
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]))
  }

  const model = (ModelName: string, given: object) =>
    owner.sagemaker.createModel({
      ...{ ModelName, ExecutionRoleArn: owner.role },
      PrimaryContainer: { Image: owner.image, ModelDataUrl: artifacts, ...given },
    })

  for (const hosts of [1, 2])
    it(`trains a script from S3, data parallel on ${hosts} hosts`, async () => {
      const given: Partial<Parameters<typeof trainingRequest>[3]> = {
        InputDataConfig: [input('training', `s3://${owner.bucket}/source/`)],
        ResourceConfig: { InstanceType: story.instance, InstanceCount: hosts, VolumeSizeInGB: 1 },
      }
      const job = await train(owner, `parallel-on-${hosts}`, parameters(), given)
      assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
      artifacts = job.ModelArtifacts?.S3ModelArtifacts as string
      const lines = await logLines(owner, '/aws/sagemaker/TrainingJobs', `parallel-on-${hosts}/`)
      for (let rank = 0; rank < hosts; rank++)
        assert.ok(lines.some(line => line.includes(`rank ${rank} of ${hosts} led by algo-1:7777, loss=0.00`)))
    })

  it('serves what was trained by torchserve, with the toolkit’s own functions', async () => {
    await model('plain', {})
    const ask = await story.served(owner, 'plain')
    const [[seven] = []] = JSON.parse(await ask('application/json', '[[2]]', 'application/json'))
    assert.ok(Math.abs(seven - 7) < 0.1, `${seven}`)
    await assert.rejects(ask('application/xml', '<two/>', 'application/json'), /application\/xml/)
    await owner.sagemaker.deleteEndpoint({ EndpointName: 'plain' })
  })

  it('answers by the script that was packed with the model, as the SDK packs it', async () => {
    const trained = await unpackTar(gunzipSync(await download(owner, artifacts)))
    const weights = trained.find(({ header }) => header.name === 'model.pth')?.data as Uint8Array
    await put('own/model.tar.gz', await archive({ 'model.pth': weights, 'code/inference.py': answerer }))
    await model('scripted', {
      ModelDataUrl: `s3://${owner.bucket}/own/model.tar.gz`,
      Environment: { SAGEMAKER_PROGRAM: 'inference.py' },
    })
    const ask = await story.served(owner, 'scripted')
    assert.equal(await ask('text/plain', '2', 'text/plain'), 'about 7.0')
    await owner.sagemaker.deleteEndpoint({ EndpointName: 'scripted' })
  })

  it('leaves nothing behind', () => world.leavesNothing())
})
