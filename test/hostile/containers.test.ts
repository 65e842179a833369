import assert from 'node:assert/strict'
import { it } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  type InvokeEndpointAsyncCommandOutput,
  type InvokeEndpointCommandInput,
  SageMakerRuntime,
} from '@aws-sdk/client-sagemaker-runtime'
import { packTar } from 'modern-tar'
import { region } from '../../demo/clients.ts'
import { openFixture } from '../e2e/fixture.ts'
import { createEndpoint, download, endpointSettled, instanceType, makeModel, transform } from '../e2e/jobs.ts'
import { inEveryWorld } from '../e2e/on-every-engine.ts'
import type { Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import {
  announced,
  brokenOff,
  endless,
  halting,
  hostileAnswers,
  plain,
  type Steps,
  saying,
  upgraded,
} from './container-answers.ts'
import { besiege } from './siege.ts'

/** A seller's containers that answer each surface of serving as badly as they can, behind a server that is confined to 600 MiB. */
await inEveryWorld(
  'hostile containers',
  engine => openFixture(engine, 'contract-probe'),
  at => {
    const { confine, besideBuyer, kills } = besiege(at)
    /** Of the asynchronous endpoint: a container that breaks off is asked again for half a minute. */
    let failing: Promise<InvokeEndpointAsyncCommandOutput>[] = []

    const ask = ({ credentials, runtime }: Party, more: Partial<InvokeEndpointCommandInput>, steps: Steps) => {
      // Clients that take no for an answer.
      const once = new SageMakerRuntime({
        endpoint: runtime.config.endpoint as never,
        region,
        credentials,
        maxAttempts: 1,
      })
      const Body = Buffer.from(JSON.stringify(steps))
      return { once, input: { EndpointName: 'raw', Body, ...more } }
    }
    const invoke = (party: Party, steps: Steps, more: Partial<InvokeEndpointCommandInput> = {}) => {
      const { once, input } = ask(party, more, steps)
      return once.invokeEndpoint(input)
    }

    it('of an endpoint are told as what they are, and it goes on', async context => {
      const { seller } = at()
      await confine()
      await Promise.all([deploy(seller, 'raw'), deploy(seller, 'later', {}, later(seller.bucket))])
      const asks = (more: object) => seller.runtime.invokeEndpointAsync({ EndpointName: 'later', ...more })
      failing = [
        asks({ Body: JSON.stringify(upgraded) }),
        asks({ Body: JSON.stringify(announced) }),
        asks({ Body: JSON.stringify(brokenOff) }),
        asks({ Body: JSON.stringify(halting), InvocationTimeoutSeconds: 1 }),
        // What is in another account's bucket is nobody's to read by this way.
        asks({ InputLocation: `s3://${at().buyer.bucket}/in/rows.csv` }),
      ]
      await besideBuyer(context, () =>
        Promise.all(
          Object.entries(hostileAnswers).map(async ([name, { steps, told, asked }]) => {
            const error = await refusal(invoke(seller, steps, asked))
            assert.equal(error.name, 'ModelError', `${name}: ${error.message}`)
            assert.match(error.message, told, name)
          }),
        ),
      )
      assert.equal((await invoke(seller, plain)).Body.transformToString(), 'ok')
    })

    it('of a stream are told as what they are, before it and amid it', async context => {
      const { seller } = at()
      const stream = (steps: Steps, signal?: AbortSignal) => {
        const { once, input } = ask(seller, {}, steps)
        return once.invokeEndpointWithResponseStream(input, { abortSignal: signal })
      }
      async function parts(steps: Steps, most = Number.POSITIVE_INFINITY): Promise<number> {
        const gone = new AbortController()
        let bytes = 0
        for await (const { PayloadPart } of (await stream(steps, gone.signal)).Body ?? []) {
          bytes += PayloadPart?.Bytes?.byteLength ?? 0
          if (bytes >= most) break
        }
        gone.abort()
        return bytes
      }
      await besideBuyer(context, async () => {
        assert.equal((await refusal(stream(upgraded))).name, 'ModelError')
        const broken = await refusal(parts(brokenOff))
        assert.deepEqual([broken.name, /broke off/.test(broken.message)], ['ModelStreamError', true], broken.message)
        assert.ok((await parts(endless, 20 * 2 ** 20)) >= 20 * 2 ** 20)
        assert.equal(await parts(halting, 2), 2)
      })
    })

    it('of a multi-model endpoint keep no other model from being asked', async context => {
      const { seller } = at()
      const { s3, bucket } = seller
      const entries = [{ header: { name: 'weights', size: 1 }, body: 'w' }]
      const names = ['upgraded', 'broken', 'fat', 'good']
      const Body = gzipSync(await packTar(entries))
      for (const name of names) await s3.putObject({ Bucket: bucket, Key: `models/${name}`, Body })
      const says = {
        'POST upgraded': upgraded,
        'POST broken': brokenOff,
        'POST fat': hostileAnswers['two lengths']?.steps,
      }
      await deploy(seller, 'several', { PROBE_SAYS: JSON.stringify(says) }, {}, 'MultiModel')
      const several = (TargetModel: string, steps: Steps = plain) =>
        invoke(seller, steps, { EndpointName: 'several', TargetModel })
      await besideBuyer(context, async () => {
        for (const name of names.slice(0, 3)) assert.equal((await refusal(several(name))).name, 'ModelError', name)
        assert.equal((await refusal(several('good', upgraded))).name, 'ModelError')
        assert.equal((await several('good')).Body.transformToString(), 'ok')
        for (const name of ['../../in/rows.csv', '%2e%2e/in', 'x'.repeat(1024), '/'])
          assert.equal((await refusal(several(name))).name, 'ValidationError', name)
      })
      await seller.sagemaker.deleteEndpoint({ EndpointName: 'several' })
    })

    it('of an inference component and of a transform are told as what they are', async context => {
      const { seller } = at()
      const { sagemaker, role, image, s3, bucket } = seller
      await createEndpoint(seller, 'shared', ['shared'], { ModelName: undefined }, { ExecutionRoleArn: role })
      await sagemaker.createInferenceComponent({
        ...{ InferenceComponentName: 'one', EndpointName: 'shared', VariantName: 'shared' },
        Specification: {
          Container: { Image: image, Environment: { PROBE_MODE: 'raw' } },
          ComputeResourceRequirements: { MinMemoryRequiredInMb: 128, NumberOfCpuCoresRequired: 0.5 },
        },
        RuntimeConfig: { CopyCount: 1 },
      })
      const status = async () =>
        (await sagemaker.describeInferenceComponent({ InferenceComponentName: 'one' })).InferenceComponentStatus
      await until('the component is settled', status, now => now === 'InService' || now === 'Failed')
      const asked = { EndpointName: 'shared', InferenceComponentName: 'one' }
      await s3.putObject({ Bucket: bucket, Key: 'raw/one', Body: JSON.stringify(upgraded) })
      await besideBuyer(context, async () => {
        for (const name of ['another protocol', 'headers without an end', 'an id of a megabyte']) {
          const { steps, told, asked: more } = hostileAnswers[name] as (typeof hostileAnswers)[string]
          assert.match((await refusal(invoke(seller, steps, { ...asked, ...more }))).message, told, name)
        }
        assert.equal((await invoke(seller, plain, asked)).Body.transformToString(), 'ok')
        const job = await transform(seller, 'raw', 'raw', 'raw/')
        assert.equal(job.TransformJobStatus, 'Failed')
        assert.match(job.FailureReason ?? '', /closed before the answer was whole/)
      })
      await sagemaker.deleteInferenceComponent({ InferenceComponentName: 'one' })
      const left = async () =>
        (await sagemaker.listInferenceComponents({ EndpointNameEquals: 'shared' })).InferenceComponents
      await until('the component is gone', left, components => components?.length === 0)
      await sagemaker.deleteEndpoint({ EndpointName: 'shared' })
    })

    it('of a pipeline are told by which of them, also when the first says what the second is to do', async context => {
      const { seller } = at()
      const { sagemaker, image, role: ExecutionRoleArn } = seller
      const container = { Image: image, Environment: { PROBE_MODE: 'raw' } }
      await sagemaker.createModel({ ModelName: 'two', ExecutionRoleArn, Containers: [container, container] })
      await createEndpoint(seller, 'two', ['two'])
      const { EndpointStatus, FailureReason } = await endpointSettled(seller, 'two')
      assert.equal(EndpointStatus, 'InService', FailureReason)
      const two = (steps: Steps) => invoke(seller, steps, { EndpointName: 'two' })
      await besideBuyer(context, async () => {
        for (const name of ['no end', 'another protocol', 'headers without an end', 'an end amid a chunk']) {
          const { steps, told } = hostileAnswers[name] as (typeof hostileAnswers)[string]
          for (const [asked, who] of [
            [steps, /container-1/],
            [saying(steps), /container-2/],
          ] as const) {
            const { message } = await refusal(two(asked))
            assert.match(message, told, name)
            assert.match(message, who, name)
          }
        }
        assert.equal((await two(saying(plain))).Body.transformToString(), 'ok')
      })
      await sagemaker.deleteEndpoint({ EndpointName: 'two' })
    })

    it('of an asynchronous endpoint are failures, each in its place', async () => {
      const { seller } = at()
      const told = await Promise.all(
        failing.map(async asked => {
          const { FailureLocation = '' } = await asked
          const found = () => download(seller, FailureLocation).catch((error: Error) => error)
          return String(await until(`${FailureLocation} is written`, found, text => !(text instanceof Error)))
        }),
      )
      const expected = [
        /asked 7 times/,
        /was closed before/,
        /was closed before/,
        /did not answer within 1 s/,
        /AccessDenied/,
      ]
      for (const [index, text] of told.entries()) assert.match(text, expected[index] as RegExp)
      await seller.sagemaker.deleteEndpoint({ EndpointName: 'later' })
    })

    it('keep their endpoint from nothing: an update comes to its end, and it goes', async () => {
      const { sagemaker } = at().seller
      const ProductionVariants = [
        { VariantName: 'raw', ModelName: 'raw', InstanceType: instanceType, InitialInstanceCount: 1 },
      ]
      await sagemaker.createEndpointConfig({ EndpointConfigName: 'next', ProductionVariants })
      await sagemaker.updateEndpoint({ EndpointName: 'raw', EndpointConfigName: 'next' })
      await endpointSettled(at().seller, 'raw')
      // Each with what holds its network.
      const left = async () =>
        (await at().view.containers()).filter(({ Labels }) => Labels['modelmart.arn']?.endsWith('/raw'))
      // Whoever still counted as asked would keep the old instance.
      await until('the old instance is gone', left, containers => containers.length === 2, 60)
      await sagemaker.deleteEndpoint({ EndpointName: 'raw' })
      assert.equal(await kills(), 0)
    })
  },
  { concurrency: false },
)

const later = (bucket: string) => ({
  AsyncInferenceConfig: {
    OutputConfig: { S3OutputPath: `s3://${bucket}/async/out`, S3FailurePath: `s3://${bucket}/async/failed/` },
  },
})

/** An endpoint whose containers say what they are told to. */
async function deploy(
  party: Party,
  name: string,
  environment: Readonly<Record<string, string>> = {},
  more = {},
  Mode?: 'MultiModel',
): Promise<void> {
  const Environment = { PROBE_MODE: 'raw', ...environment }
  if (!Mode) await makeModel(party, name, Environment)
  else
    await party.sagemaker.createModel({
      ...{ ModelName: name, ExecutionRoleArn: party.role },
      PrimaryContainer: { Image: party.image, Mode, ModelDataUrl: `s3://${party.bucket}/models`, Environment },
    })
  await createEndpoint(party, name, [name], {}, more)
  const { EndpointStatus, FailureReason } = await endpointSettled(party, name)
  assert.equal(EndpointStatus, 'InService', FailureReason)
}

const refusal = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => new Error('it was not refused'),
    (error: Error) => error,
  )
