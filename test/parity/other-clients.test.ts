import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { installation } from './installation.ts'

const run = promisify(execFile)
const at = installation()

/** Debian's clients are older than AWS_ENDPOINT_URL: they are told the endpoint in words of their own. */
const environment = () => ({
  PATH: process.env.PATH,
  HOME: at.data,
  AWS_ACCESS_KEY_ID: at.owner.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: at.owner.credentials.secretAccessKey,
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
})

const aws = '/usr/bin/aws'
const boto3 = '/usr/lib/python3/dist-packages/boto3'

interface CliAnswer {
  readonly code: number
  readonly answer: Record<string, unknown>
  /** What it said when it failed. */
  readonly told: string
}

/** Runs Debian's AWS CLI with words, and with one last that may hold spaces. */
async function cli(words: string, last?: string): Promise<CliAnswer> {
  const args = ['--endpoint-url', at.url, ...words.split(' '), ...(last === undefined ? [] : [last])]
  try {
    const { stdout } = await run(aws, args, { env: environment() })
    return { code: 0, answer: stdout.trim() ? JSON.parse(stdout) : {}, told: '' }
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string }
    return { code, answer: {}, told: stderr }
  }
}

async function ok(words: string, last?: string): Promise<Record<string, unknown>> {
  const { code, answer, told } = await cli(words, last)
  assert.equal(code, 0, `aws ${words}: ${told}`)
  return answer
}

const namesOf = ({ Models }: Record<string, unknown>): string[] =>
  (Models as { ModelName: string }[]).map(({ ModelName }) => ModelName).sort()

test('the AWS CLI from Debian: a model’s way, pages, waiters and errors', {
  skip: !existsSync(aws) && `${aws} is not installed: apt-get install awscli`,
  timeout: 240_000,
}, async () => {
  const { role, image } = at.owner
  assert.equal((await ok('sts get-caller-identity')).Account, '123456789012')
  const container = JSON.stringify({ Image: image, Environment: { WHO: 'cli' } })
  for (const name of ['cli-a', 'cli-b'])
    await ok(`sagemaker create-model --model-name ${name} --execution-role-arn ${role} --primary-container`, container)
  const list = 'sagemaker list-models --name-contains cli'
  assert.deepEqual(namesOf(await ok(`${list} --page-size 1`)), ['cli-a', 'cli-b'])
  const first = await ok(`${list} --max-items 1`)
  assert.deepEqual(namesOf(await ok(`${list} --starting-token ${first.NextToken}`)), ['cli-a'])
  const variant = { VariantName: 'v', ModelName: 'cli-a', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 }
  const config = 'sagemaker create-endpoint-config --endpoint-config-name cli --production-variants'
  await ok(config, JSON.stringify([variant]))
  await ok('sagemaker create-endpoint --endpoint-name cli --endpoint-config-name cli --tags Key=by,Value=cli')
  const { EndpointStatus } = await ok('sagemaker describe-endpoint --endpoint-name cli')
  assert.equal(EndpointStatus, 'Creating')
  await ok('sagemaker wait endpoint-deleted --endpoint-name absent')
  const waited = await cli('sagemaker wait endpoint-in-service --endpoint-name absent')
  assert.equal(waited.code, 255)
  assert.match(waited.told, /Waiter EndpointInService failed: .*ValidationException/s)
  const wrong = await cli(`sagemaker create-model --model-name wrong_ --execution-role-arn ${role}`)
  assert.equal(wrong.code, 254)
  assert.match(
    wrong.told,
    /\(ValidationException\) when calling the CreateModel operation: 1 validation error detected: Value 'wrong_' at 'modelName'/,
  )
})

test('boto3 from Debian: the control plane, IAM, KMS, Logs and metrics; pages, waiters and errors', {
  skip: !existsSync(boto3) && `${boto3} is not there: apt-get install python3-boto3`,
  timeout: 240_000,
}, async () => {
  const script = new URL('clients.py', import.meta.url).pathname
  const { stdout } = await run('/usr/bin/python3', [script, at.url, at.owner.role, at.owner.image], {
    env: environment(),
  })
  assert.deepEqual(JSON.parse(stdout).models.sort(), ['boto-a', 'boto-b'])
})
