import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { packTar, unpackTar } from 'modern-tar'
import { region } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureFrameworkImage } from '../../setup/framework-images.mjs'
import { removeVolumes } from '../../src/workload/volume.ts'
import { presentEngines } from '../e2e/engines.ts'
import { download, logLines, train, type trainingRequest } from '../e2e/jobs.ts'
import { makeParty, type Party } from '../e2e/party.ts'
import { input } from '../e2e/training-program.ts'
import { assertTells } from '../e2e/world.ts'

/** A script as data scientists write them: told by SM_ variables and arguments, with an unmodified boto3. */
const script = `
import argparse, http.client, json, os, sys
from urllib.parse import urlsplit
import boto3
from helper import total

parser = argparse.ArgumentParser()
parser.add_argument('--factor', type=int)
parser.add_argument('--channel', default=os.environ['SM_CHANNEL_TRAINING'])
parser.add_argument('--model-dir', default=os.environ['SM_MODEL_DIR'])
given, _ = parser.parse_known_args()
if given.factor == 13:
    sys.exit('thirteen is no factor')
told = {name: value for name, value in os.environ.items() if name.startswith('SM_')}
s3 = boto3.client('s3')
bucket = json.loads(os.environ['SM_HPS'])['bucket']
host = os.environ['SM_CURRENT_HOST']
s3.put_object(Bucket=bucket, Key='from-scripts/' + host, Body=b'by boto3')
def through(target):
    proxy = urlsplit(os.environ['HTTPS_PROXY'])
    way = http.client.HTTPConnection(proxy.hostname, proxy.port)
    host, port = target.split(':')
    way.set_tunnel(host, int(port))
    try:
        way.request('GET', '/')
        return way.getresponse().read().decode()
    except OSError as error:
        return str(error)

found = {
    'opened': through(json.loads(os.environ['SM_HPS'])['opened']),
    'closed': through('packages.example.com:443'),
    'told': told,
    'total': given.factor * total(given.channel),
    'identity': boto3.client('sts').get_caller_identity()['Arn'],
    'read': s3.get_object(Bucket=bucket, Key='from-scripts/' + host)['Body'].read().decode(),
    'groups': len(boto3.client('logs', region_name=os.environ['AWS_REGION']).describe_log_groups()['logGroups']),
}
with open(os.path.join(given.model_dir, host + '.json'), 'w') as model:
    json.dump(found, model)
print('script has run on', host)
`
const helper = `
import os

def total(folder):
    return sum(int(line) for name in os.listdir(folder) for line in open(os.path.join(folder, name)))
`

const folder = 'test/frameworks/script-mode'
const [engine] = await presentEngines()
const { image, lacks } = (await ensureFrameworkImage(engine, folder)) as { image?: string; lacks?: string }
const skip = lacks && `script mode is not tried: ${lacks}`
const options = { skip, timeout: 600_000 }

/** A host that the operator opens to containers. */
const outside = createServer((_, response) => response.end('from outside'))
const opened = () => `localhost:${(outside.address() as AddressInfo).port}`

let party: Party
let server: ServerProcess | undefined
let data = ''
before(async () => {
  if (skip || !engine) return
  data = await mkdtemp(join(tmpdir(), 'modelmart-frameworks-'))
  outside.listen(0, '127.0.0.1')
  await once(outside, 'listening')
  const flags = ['--container-hosts', opened()]
  server = await startServer({ data, engineSocket: `unix://${engine.socket}`, flags })
  party = await makeParty(server, engine, 'scientist', image as string)
  const files = { 'train.py': script, 'helper.py': helper }
  const members = Object.entries(files).map(([name, body]) => ({ header: { name, size: body.length }, body }))
  await put('source/sourcedir.tar.gz', gzipSync(await packTar(members)))
  for (const [name, numbers] of Object.entries({ a: '1\n2\n', b: '3\n' })) await put(`numbers/${name}`, numbers)
})
after(async () => {
  outside.close()
  await server?.stop()
  await removeVolumes(data)
  if (data) await rm(data, { recursive: true, force: true })
})

const put = (Key: string, Body: string | Uint8Array) => party.s3.putObject({ Bucket: party.bucket, Key, Body })

/** As the SageMaker Python SDK sends them: every value as JSON. */
const parameters = (factor: number) => {
  const values = {
    ...{ sagemaker_program: 'train.py', sagemaker_region: region, sagemaker_container_log_level: 20 },
    sagemaker_submit_directory: `s3://${party.bucket}/source/sourcedir.tar.gz`,
    ...{ factor, bucket: party.bucket, opened: opened() },
  }
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]))
}

const given = (InstanceCount: number): Partial<Parameters<typeof trainingRequest>[3]> => ({
  InputDataConfig: [input('training', `s3://${party.bucket}/numbers/`)],
  ResourceConfig: { InstanceType: 'ml.t3.medium', InstanceCount, VolumeSizeInGB: 1 },
})

for (const hosts of [1, 2])
  test(
    `a script in S3 is run by the sagemaker-training toolkit on ${hosts} hosts, and uses boto3 unmodified`,
    options,
    async () => {
      const name = `script-on-${hosts}`
      const job = await train(party, name, parameters(7), given(hosts))
      assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
      const model = await unpackTar(gunzipSync(await download(party, job.ModelArtifacts?.S3ModelArtifacts as string)))
      assert.deepEqual(model.map(({ header }) => header.name).sort(), ['algo-1.json', 'algo-2.json'].slice(0, hosts))
      for (const { header, data: body } of model) {
        const host = header.name.replace('.json', '')
        const { told, ...found } = JSON.parse(Buffer.from(body ?? []).toString())
        const identity = `arn:aws:sts::${party.id}:assumed-role/Worker/SageMaker`
        assert.deepEqual(
          { ...found, groups: found.groups > 0 },
          {
            ...{ total: 42, identity, read: 'by boto3', groups: true },
            ...{ opened: 'from outside', closed: 'Tunnel connection failed: 403 Forbidden' },
          },
        )
        assertTold(told, host, hosts)
      }
      const lines = await logLines(party, '/aws/sagemaker/TrainingJobs', `${name}/`)
      assert.ok(lines.some(line => /script has run on algo-1/.test(line)))
    },
  )

/** Source: the toolkit's own documentation of its environment variables. */
function assertTold(told: Readonly<Record<string, string>>, host: string, hosts: number): void {
  const all = ['algo-1', 'algo-2'].slice(0, hosts)
  assert.equal(told.SM_CURRENT_HOST, host)
  assert.deepEqual(JSON.parse(told.SM_HOSTS ?? ''), all)
  assert.equal(told.SM_NUM_GPUS, '0')
  assert.ok(Number(told.SM_NUM_CPUS) > 0)
  assert.equal(told.SM_MODEL_DIR, '/opt/ml/model')
  assert.equal(told.SM_CHANNEL_TRAINING, '/opt/ml/input/data/training')
  assert.equal(told.SM_OUTPUT_DATA_DIR, '/opt/ml/output/data')
  assert.equal(told.SM_NETWORK_INTERFACE_NAME, hosts > 1 ? 'eth0' : 'lo')
  assert.equal(told.SM_CURRENT_INSTANCE_TYPE, 'ml.t3.medium')
  assert.equal(told.SM_CURRENT_INSTANCE_GROUP, 'homogeneousCluster')
  assert.equal(told.SM_HP_FACTOR, '7')
  assert.deepEqual(Object.keys(JSON.parse(told.SM_INPUT_DATA_CONFIG ?? '')), ['training'])
}

test('a script that fails ends its job with its code and its last words', options, async () => {
  const job = await train(party, 'script-fails', parameters(13), given(1))
  assert.equal(job.TrainingJobStatus, 'Failed')
  assertTells(job.FailureReason, [/^AlgorithmError: /, 'thirteen is no factor', 'exit code: 1'])
})

test('a job that is isolated does not get a script from S3', options, async () => {
  const job = await train(party, 'script-isolated', parameters(7), { ...given(1), EnableNetworkIsolation: true })
  assert.equal(job.TrainingJobStatus, 'Failed')
  assertTells(job.FailureReason, [/^AlgorithmError: Framework Error/, /credentials/i])
})
