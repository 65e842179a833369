import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { waitUntilImageScanComplete, waitUntilLifecyclePolicyPreviewComplete } from '@aws-sdk/client-ecr'
import {
  waitUntilInstanceProfileExists,
  waitUntilPolicyExists,
  waitUntilRoleExists,
  waitUntilUserExists,
} from '@aws-sdk/client-iam'
import {
  waitUntilBucketExists,
  waitUntilBucketNotExists,
  waitUntilObjectExists,
  waitUntilObjectNotExists,
} from '@aws-sdk/client-s3'
import {
  waitUntilEndpointDeleted,
  waitUntilEndpointInService,
  waitUntilProcessingJobCompletedOrStopped,
  waitUntilTrainingJobCompletedOrStopped,
  waitUntilTransformJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker'
import { presentEngines } from '../e2e/engines.ts'
import { createEndpoint, makeModel, trainingRequest } from '../e2e/jobs.ts'
import { makeParty, type Party } from '../e2e/party.ts'
import { openWorld, type World } from '../e2e/world.ts'
import { refused } from './parity.ts'
import { servedServices } from './served-services.ts'

// Real jobs on a real engine: nothing else brings these waiters to an end.
let world: World
let party: Party
before(async () => {
  const [engine] = await presentEngines()
  world = await openWorld(engine as NonNullable<typeof engine>, 'contract-probe')
  party = await makeParty(world.server, world.engine, 'waiter', world.image)
})
after(() => world?.close())

const often = { maxWaitTime: 120, minDelay: 1, maxDelay: 1 }
const ends = async (waiting: Promise<{ state: string }>) => assert.equal((await waiting).state, 'SUCCESS')
const fails = (waiting: Promise<unknown>) => assert.rejects(waiting, /FAILURE/)

const training = (name: string, mode: string) =>
  party.sagemaker.createTrainingJob(trainingRequest(party, name, { mode, seconds: '300' }))

/** Each waiter of the models, run by the official SDK to each of its ends. */
const waiters: Readonly<Record<string, () => Promise<void>>> = {
  async TrainingJobCompletedOrStopped() {
    const { sagemaker: client } = party
    const wait = (TrainingJobName: string) =>
      waitUntilTrainingJobCompletedOrStopped({ client, ...often }, { TrainingJobName })
    const stopping = async () => {
      await training('stopped', 'slow')
      await client.stopTrainingJob({ TrainingJobName: 'stopped' })
      await ends(wait('stopped'))
    }
    const failing = async () => {
      const request = trainingRequest(party, 'failed', { mode: 'ok' })
      await client.createTrainingJob({ ...request, OutputDataConfig: { S3OutputPath: 's3://no-such-bucket/out' } })
      await fails(wait('failed'))
      await afterTheEnd('failed')
    }
    const completing = async () => {
      await training('completed', 'ok')
      await ends(wait('completed'))
    }
    await Promise.all([completing(), stopping(), failing(), fails(wait('absent'))])
  },
  async TransformJobCompletedOrStopped() {
    const { sagemaker: client, bucket } = party
    const wait = (TransformJobName: string) =>
      waitUntilTransformJobCompletedOrStopped({ client, ...often }, { TransformJobName })
    await makeModel(party, 'batch', { PROBE_MODE: 'echo' })
    const run = async (TransformJobName: string, prefix: string) => {
      await client.createTransformJob({
        TransformJobName,
        ModelName: 'batch',
        TransformInput: { DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/${prefix}` } } },
        TransformOutput: { S3OutputPath: `s3://${bucket}/out/` },
        TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
      })
      return wait(TransformJobName)
    }
    await Promise.all([ends(run('completed', 'in/')), fails(run('failed', 'nothing-there/')), fails(wait('absent'))])
  },
  async EndpointInService() {
    const { sagemaker: client } = party
    const wait = (EndpointName: string) => waitUntilEndpointInService({ client, ...often }, { EndpointName })
    await makeModel(party, 'real-time', { PROBE_MODE: 'echo' })
    await createEndpoint(party, 'serving', ['real-time'])
    await Promise.all([ends(wait('serving')), fails(wait('absent'))])
  },
  async EndpointDeleted() {
    const { sagemaker: client } = party
    await client.deleteEndpoint({ EndpointName: 'serving' })
    await ends(waitUntilEndpointDeleted({ client, ...often }, { EndpointName: 'serving' }))
  },
  async ProcessingJobCompletedOrStopped() {
    // Processing jobs are not served, which no acceptor of the waiter knows: it ends when the client has waited enough.
    const { sagemaker: client } = party
    const soon = { client, maxWaitTime: 6, minDelay: 1, maxDelay: 1 }
    const waiting = waitUntilProcessingJobCompletedOrStopped(soon, { ProcessingJobName: 'any' })
    await assert.rejects(waiting, { name: 'TimeoutError', message: /not served by this installation/ })
  },
  async UserExists() {
    const { iam: client } = party
    const waiting = waitUntilUserExists({ client, ...often }, { UserName: 'late' })
    await client.createUser({ UserName: 'late' })
    await ends(waiting)
  },
  async RoleExists() {
    await ends(waitUntilRoleExists({ client: party.iam, ...often }, { RoleName: 'Worker' }))
  },
  async InstanceProfileExists() {
    const { iam: client } = party
    const waiting = waitUntilInstanceProfileExists({ client, ...often }, { InstanceProfileName: 'late' })
    await client.createInstanceProfile({ InstanceProfileName: 'late' })
    await ends(waiting)
  },
  async PolicyExists() {
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
    })
    const { Policy } = await party.iam.createPolicy({ PolicyName: 'waited', PolicyDocument })
    await ends(waitUntilPolicyExists({ client: party.iam, ...often }, { PolicyArn: Policy?.Arn }))
  },
  async ImageScanComplete() {
    const { ecr: client } = party
    const { imageDetails } = await client.describeImages({ repositoryName: 'probe' })
    const imageId = { imageDigest: imageDetails?.[0]?.imageDigest }
    const scan = { repositoryName: 'probe', imageId }
    await client.startImageScan(scan)
    // There are no vulnerability data here.
    const waiting = waitUntilImageScanComplete({ client, ...often }, scan)
    await assert.rejects(waiting, /Findings are unavailable/)
  },
  async LifecyclePolicyPreviewComplete() {
    const { ecr: client } = party
    const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 100 }
    const rules = [{ rulePriority: 1, description: 'keep', selection, action: { type: 'expire' } }]
    const asked = { repositoryName: 'probe' }
    await client.startLifecyclePolicyPreview({ ...asked, lifecyclePolicyText: JSON.stringify({ rules }) })
    await ends(waitUntilLifecyclePolicyPreviewComplete({ client, ...often }, asked))
  },
  async BucketExists() {
    const { s3: client } = party
    const waiting = waitUntilBucketExists({ client, ...often }, { Bucket: 'late-bucket' })
    await client.createBucket({ Bucket: 'late-bucket' })
    await ends(waiting)
  },
  async ObjectExists() {
    const { s3: client } = party
    const object = { Bucket: 'late-bucket', Key: 'late' }
    const waiting = waitUntilObjectExists({ client, ...often }, object)
    await client.putObject({ ...object, Body: 'here' })
    await ends(waiting)
  },
  async ObjectNotExists() {
    const { s3: client } = party
    const object = { Bucket: 'late-bucket', Key: 'late' }
    const waiting = waitUntilObjectNotExists({ client, ...often }, object)
    await client.deleteObject(object)
    await ends(waiting)
  },
  async BucketNotExists() {
    const { s3: client } = party
    const waiting = waitUntilBucketNotExists({ client, ...often }, { Bucket: 'late-bucket' })
    await client.deleteBucket({ Bucket: 'late-bucket' })
    await ends(waiting)
  },
}

/** What only a job that has ended shows. */
async function afterTheEnd(TrainingJobName: string): Promise<void> {
  const { sagemaker } = party
  const { FailureReason } = await sagemaker.describeTrainingJob({ TrainingJobName })
  assert.match(FailureReason ?? '', /no-such-bucket/)
  await refused(sagemaker.stopTrainingJob({ TrainingJobName }), 'ValidationException', /in status Failed/)
  const off = { TrainingJobName, ProfilerConfig: { DisableProfiler: true } }
  await refused(sagemaker.updateTrainingJob(off), 'ValidationException', /in status Failed/)
  await sagemaker.deleteTrainingJob({ TrainingJobName })
  await refused(
    sagemaker.describeTrainingJob({ TrainingJobName }),
    'ValidationException',
    'Requested resource not found.',
  )
}

test('every waiter of the models is here', async () => {
  const named = (await servedServices()).flatMap(({ model }) => Object.keys(model.waiters ?? {}))
  assert.deepEqual(named.sort(), Object.keys(waiters).sort())
})

for (const [name, run] of Object.entries(waiters)) test(`${name} ends`, { timeout: 150_000 }, run)
