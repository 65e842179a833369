import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Credentials, startServer } from '../../demo/server-process.ts'
import { type Account, accountOf, answersOf } from './answers.ts'

// `node test/releases/make-release.ts NAME`, when a version is released: an installation with what people have in theirs, as a backup with
// what the server told of it. `test/e2e/release.test.ts` opens it ever after.

const [name] = process.argv.slice(2)
if (!name) throw new Error('node test/releases/make-release.ts NAME')
const run = promisify(execFile)
const root = new URL('../..', import.meta.url).pathname
const place = await mkdtemp(join(tmpdir(), 'modelmart-release-'))
const data = join(place, 'data')
const release = join(place, 'release')
try {
  // A product that is sold, with an image of two megabytes.
  await run(process.execPath, [join(root, 'demo/main.ts'), '--product', 'language-guess', '--data', data])
  const server = await startServer({ data })
  const keys = await keysOf(data)
  const answers: Record<string, unknown> = {}
  for (const [person, key] of Object.entries(keys)) {
    const account = accountOf(server.url, key)
    await furnish(account)
    answers[person] = await answersOf(account)
  }
  await server.stop()
  await run(process.execPath, [join(root, 'bin/modelmart.mjs'), 'backup', join(release, 'backup'), '--data', data])
  await writeFile(join(release, 'answers.json'), JSON.stringify({ keys, answers }, null, 1))
  await run('tar', ['-C', release, '-czf', join(root, 'test/releases', `${name}.tar.gz`), '.'])
} finally {
  await rm(place, { recursive: true, force: true })
}

/** Of the profiles that the server wrote for these people. */
async function keysOf(data: string): Promise<Record<string, Credentials>> {
  const profiles = await readFile(join(data, 'aws/credentials'), 'utf8')
  const keyOf = (person: string): Credentials => {
    const value = (field: string) => new RegExp(`\\[${person}\\][^[]*?${field} *= *(\\S+)`).exec(profiles)?.[1] ?? ''
    return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') }
  }
  return { seller: keyOf('seller'), buyer: keyOf('buyer') }
}

/** Something of each kind that keeps rows and runs nothing. */
async function furnish({ s3, kms, iam, sts, logs, sns, rules, alarms, sagemaker }: Account): Promise<void> {
  const { Account: id } = await sts.getCallerIdentity({})
  const Bucket = `kept-${id}`
  const { KeyMetadata } = await kms.createKey({ Description: 'of the release' })
  await kms.createAlias({ AliasName: 'alias/kept', TargetKeyId: KeyMetadata?.KeyId })
  await s3.createBucket({ Bucket })
  await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })
  await s3.putObject({ Bucket, Key: 'notes/a.txt', Body: 'first', Tagging: 'kind=note', Metadata: { of: 'release' } })
  await s3.putObject({ Bucket, Key: 'notes/a.txt', Body: 'second' })
  const encryption = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyMetadata?.Arn } as const
  await s3.putObject({ Bucket, Key: 'secret.bin', Body: Buffer.alloc(70_000, 7), ...encryption })
  await s3.deleteObject({ Bucket, Key: 'notes/a.txt' })
  await iam.createUser({ UserName: 'kept', Tags: [{ Key: 'team', Value: 'one' }] })
  const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await iam.putUserPolicy({ UserName: 'kept', PolicyName: 'reads', PolicyDocument })
  await logs.createLogGroup({ logGroupName: '/kept', tags: { team: 'one' } })
  await logs.createLogStream({ logGroupName: '/kept', logStreamName: 'a' })
  const logEvents = [{ timestamp: Date.now(), message: '{"level":"warn","ms":12}' }]
  await logs.putLogEvents({ logGroupName: '/kept', logStreamName: 'a', logEvents })
  const { TopicArn } = await sns.createTopic({ Name: 'kept' })
  await rules.putRule({ Name: 'kept', EventPattern: JSON.stringify({ source: ['aws.sagemaker'] }), State: 'DISABLED' })
  await rules.putTargets({ Rule: 'kept', Targets: [{ Id: 'topic', Arn: TopicArn }] })
  const watched = { Namespace: 'Kept', MetricName: 'rows', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 } as const
  const limit = { Threshold: 5, ComparisonOperator: 'GreaterThanThreshold', ActionsEnabled: false } as const
  await alarms.putMetricAlarm({ AlarmName: 'kept', ...watched, ...limit })
  await sagemaker.createModelPackageGroup({ ModelPackageGroupName: 'kept', Tags: [{ Key: 'team', Value: 'one' }] })
}
