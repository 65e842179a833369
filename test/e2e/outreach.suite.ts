import assert from 'node:assert/strict'
import { it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { STS } from '@aws-sdk/client-sts'
import { unpackTar } from 'modern-tar'
import { region } from '../../demo/clients.ts'
import type { Fixture } from './fixture.ts'
import { createEndpoint, download, endpointSettled, invoke, makeModel, train, transform } from './jobs.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'

/** What `examples/contract-probe/program/outreach.py` tells. */
interface Outreach {
  readonly credentials: Readonly<Record<'RoleArn' | 'AccessKeyId' | 'SecretAccessKey' | 'Token' | 'Expiration', string>>
  readonly again: string
  readonly put: number
  readonly got: string
  readonly elsewhere: readonly [status: number, text: string]
  readonly identity: string
  readonly logs: number
  readonly sagemaker: readonly [status: number, text: string]
  readonly unsigned: Readonly<Record<string, number>>
}

/** Containers of an account's own images that are not isolated reach S3, STS and Logs as their role, and nothing else. */
export function outreachSuite(at: () => Fixture): void {
  const probe = () => ({ PROBE_MODE: 'reach', PROBE_BUCKET: at().seller.bucket, PROBE_OTHER: at().buyer.bucket })

  it('lets a training job reach the platform as its role, and nothing else of it', async () => {
    const { seller, buyer } = at()
    const given = { mode: 'reach', bucket: seller.bucket, other: buyer.bucket }
    const job = await train(seller, 'reaches', given)
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    const told = await reportOf(seller, job.ModelArtifacts?.S3ModelArtifacts)
    assertReaches(told, seller)
    await assertEnded(at(), told)
    const isolated = await train(seller, 'isolated', given, { EnableNetworkIsolation: true })
    assert.equal(isolated.TrainingJobStatus, 'Completed', isolated.FailureReason)
    assert.equal(await reportOf(seller, isolated.ModelArtifacts?.S3ModelArtifacts), null)
  })

  it('lets an endpoint reach the platform until it is deleted, unless its model is isolated', async () => {
    const { seller } = at()
    await makeModel(seller, 'reaching', probe())
    const closed = { Image: seller.image, Environment: probe() }
    await seller.sagemaker.createModel({
      ...{ ModelName: 'closed', PrimaryContainer: closed, ExecutionRoleArn: seller.role, EnableNetworkIsolation: true },
    })
    await createEndpoint(seller, 'reaching', ['reaching', 'closed'])
    const { EndpointStatus, FailureReason } = await endpointSettled(seller, 'reaching')
    assert.equal(EndpointStatus, 'InService', FailureReason)
    const ask = async (variant: string) =>
      JSON.parse(Buffer.from((await invoke(seller, 'reaching', variant)).Body ?? []).toString()) as Outreach
    const told = await ask('reaching')
    assertReaches(told, seller)
    assert.equal(await ask('closed'), null)
    const { Arn } = await clientOf(at(), told).getCallerIdentity({})
    assert.equal(Arn, arnOf(seller), 'the credentials of a container that runs are not those of its role')
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'reaching' })
    await assertEnded(at(), told)
  })

  it('lets a transform job reach the platform as its model may', async () => {
    const { seller } = at()
    await makeModel(seller, 'reaching-batch', probe())
    await seller.s3.putObject({ Bucket: seller.bucket, Key: 'reach/one', Body: 'one\n' })
    const job = await transform(seller, 'reaching-batch', 'reaching-batch', 'reach/')
    assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason)
    const output = await download(seller, `s3://${seller.bucket}/out/reaching-batch/one.out`)
    assertReaches(JSON.parse(output.toString()) as Outreach, seller)
  })
}

async function reportOf(party: Party, uri = ''): Promise<Outreach> {
  const [model] = await unpackTar(gunzipSync(await download(party, uri)))
  return JSON.parse(Buffer.from(model?.data ?? []).toString()) as Outreach
}

const arnOf = ({ role }: Party): string =>
  `${role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/SageMaker`

function assertReaches(told: Outreach, party: Party): void {
  assert.equal(told.credentials.RoleArn, party.role)
  assert.equal(told.again, told.credentials.AccessKeyId, 'each question makes new credentials')
  assert.deepEqual([told.put, told.got, told.logs], [200, 'from inside', 200])
  assert.ok(told.identity.includes(`<Arn>${arnOf(party)}</Arn>`), told.identity)
  assert.equal(told.elsewhere[0], 403, told.elsewhere[1])
  assert.match(told.sagemaker[1], /SageMaker cannot be reached from a container/)
  for (const [path, status] of Object.entries(told.unsigned)) assert.match(`${path} ${status}`, / (40[345])$/)
}

const clientOf = ({ server }: Fixture, { credentials }: Outreach): STS => {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = credentials
  const keys = { accessKeyId, secretAccessKey, sessionToken }
  return new STS({ endpoint: server.url, region, credentials: keys })
}

/** A job tells its end before the last of it is cleared away. */
async function assertEnded(fixture: Fixture, told: Outreach): Promise<void> {
  const sts = clientOf(fixture, told)
  await until(
    'the credentials of the container have ended',
    () =>
      sts.getCallerIdentity({}).then(
        () => '',
        (error: Error) => error.name,
      ),
    name => /^ExpiredToken/.test(name),
  )
}
