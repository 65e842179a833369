import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { it } from 'node:test'
import { SageMakerRuntime } from '@aws-sdk/client-sagemaker-runtime'
import { openFixture } from '../e2e/fixture.ts'
import { createEndpoint, endpointSettled, invoke, makeModel, transform } from '../e2e/jobs.ts'
import { inEveryWorld } from '../e2e/on-every-engine.ts'
import { until } from '../e2e/until.ts'
import { type Confinement, confine } from './confine.ts'
import { keptRequests } from './kept-requests.ts'

const mebibyte = 2 ** 20
/** The most of an invocation: SageMaker Runtime API Reference, InvokeEndpoint. */
const fat = Buffer.alloc(6 * mebibyte, 'x')
const many = 18
/** Together more than the server has. */
const waves = 6
/** Of an account, as `docs/operator.md` has it. */
const share = 128 * mebibyte

/** A container that gives back what it gets, behind a server that is confined to 600 MiB. */
await inEveryWorld(
  'fat answers',
  engine => openFixture(engine, 'contract-probe'),
  at => {
    let confinement: Confinement | undefined

    const held = async (): Promise<number> => {
      const text = await (await fetch(`${at().server.url}/metrics`)).text()
      return Number(/^modelmart_body_bytes_held (\S+)/m.exec(text)?.[1])
    }

    it('of many calls that nobody reads take no more memory than they may, and give it back', async () => {
      const { buyer, seller, server } = at()
      confinement = await confine(server.pid, 600 * mebibyte)
      await makeModel(buyer, 'echo', {})
      await createEndpoint(buyer, 'echo', ['echo'])
      const { EndpointStatus, FailureReason } = await endpointSettled(buyer, 'echo')
      assert.equal(EndpointStatus, 'InService', FailureReason)
      const requests = keptRequests(server.url, buyer.credentials)
      const runtime = new SageMakerRuntime(requests.options)
      const [bytes = ''] = await requests.of([
        runtime.invokeEndpoint({ EndpointName: 'echo', ContentType: 'text/plain', Body: fat }),
      ])
      const sockets: Socket[] = []
      for (let wave = 0; wave < waves; wave++) {
        sockets.push(...(await Promise.all(Array.from({ length: many }, () => asked(server.url, bytes)))))
        const bytesHeld = await held()
        assert.ok(bytesHeld > share / 2, `of answers that nobody has read only ${bytesHeld} bytes are counted`)
        assert.ok(bytesHeld <= share, `${bytesHeld} bytes are held, more than the share of an account`)
        assert.deepEqual((await seller.sagemaker.listModels({})).Models, [])
      }
      for (const socket of sockets) socket.destroy()
      await until('everything is given back', held, bytes => bytes === 0, 60)
      const answer = await invoke(buyer, 'echo', 'echo', 'hello')
      assert.equal(answer.Body?.transformToString(), 'hello')
      await buyer.sagemaker.deleteEndpoint({ EndpointName: 'echo' })
      assert.equal((await confinement?.kills()) ?? 0, 0)
    })

    it('of a transform job whose answers are many times its memory are all written', async () => {
      const { buyer } = at()
      await makeModel(buyer, 'fat', {})
      for (let n = 0; n < 12; n++)
        await buyer.s3.putObject({
          Bucket: buyer.bucket,
          Key: `fat/${n}`,
          Body: Buffer.alloc(20 * mebibyte, String(n)),
        })
      const job = await transform(buyer, 'fat', 'fat', 'fat/', { MaxConcurrentTransforms: 5, MaxPayloadInMB: 20 })
      assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason)
      const { Contents = [] } = await buyer.s3.listObjectsV2({ Bucket: buyer.bucket, Prefix: 'out/fat/' })
      assert.deepEqual([...new Set(Contents.map(({ Size }) => Size))], [20 * mebibyte + 1])
      assert.equal(await held(), 0)
      assert.equal((await confinement?.kills()) ?? 0, 0)
    })
  },
  { concurrency: false },
)

/** A connection on which the answer has begun, and of which no more is read. */
async function asked(url: string, bytes: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => {})
  const begun = once(socket, 'readable')
  socket.write(bytes, 'latin1')
  await begun
  return socket
}
