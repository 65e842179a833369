import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { Listr, type ListrTask } from 'listr2'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureConsole } from '../setup/console.mjs'
// @ts-expect-error as above
import { ensureEngine } from '../setup/engine.mjs'
// @ts-expect-error as above
import { ensureExample } from '../setup/images.mjs'
import type { Engine } from '../src/cli/push-image.ts'
import { stepsOf } from './any-product-steps.ts'
import { buyerSteps } from './buyer-steps.ts'
import { clientsFor } from './clients.ts'
import { sellerSteps } from './seller-steps.ts'
import { type ServerProcess, startServer } from './server-process.ts'
import type { Step, World } from './world.ts'

const { values: wish } = parseArgs({
  options: {
    keep: { type: 'boolean', default: false },
    data: { type: 'string' },
    port: { type: 'string' },
    product: { type: 'string', default: 'iris-trees' },
  },
})
const { keep } = wish
const isWholeStory = wish.product === 'iris-trees'
const bucket = `${wish.product}-buyer`
const began = performance.now()
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`
const timings: { title: string; took: string }[] = []

const program = new URL('../bin/modelmart.mjs', import.meta.url).pathname

const made: { engine?: Engine; image?: string; server?: ServerProcess; world?: World } = {}

interface SetUp {
  readonly title: string
  run(): Promise<string>
}

const exampleImage: SetUp = {
  title: 'The example image: scikit-learn on Debian',
  async run() {
    made.image = (await ensureExample(made.engine, 'iris-trees')) as string
    return made.image
  },
}

const setUp: readonly SetUp[] = [
  {
    title: 'A container engine',
    async run() {
      made.engine = (await ensureEngine({})) as Engine
      return `${made.engine.engine} on ${made.engine.socket}`
    },
  },
  // Any other product is built by the command that lists it.
  ...(isWholeStory ? [exampleImage] : []),
  {
    title: `Modelmart, on ${wish.port ? `port ${wish.port}` : 'a free port'} with ${wish.data ?? 'a temporary data directory'}`,
    async run() {
      const data = wish.data ? resolve(wish.data) : await mkdtemp(join(tmpdir(), 'modelmart-demo-'))
      await mkdir(data, { recursive: true })
      if (keep) await ensureConsole({ once: true })
      const { socket } = made.engine as Engine
      made.server = await startServer({
        data,
        ...(wish.port && { port: Number(wish.port) }),
        engineSocket: socket.startsWith('unix://') ? socket : `unix://${socket}`,
      })
      return `${made.server.url}, ready after ${Math.round(made.server.readyMs)} ms`
    },
  },
  {
    title: 'Accounts: seller, buyer and a visitor',
    async run() {
      const server = made.server as ServerProcess
      const seller = await server.account('seller')
      const buyer = await server.account('buyer')
      const visitor = await server.account('visitor')
      made.world = {
        server,
        engine: made.engine as Engine,
        image: made.image ?? '',
        seller: clientsFor(server.url, seller),
        buyer: clientsFor(server.url, buyer),
        visitor: clientsFor(server.url, visitor),
        at: async () => {},
        facts: new Map(),
      }
      return `${seller.id} and ${buyer.id}`
    },
  },
]

const told = (step: Step) => ({ title: step.title, run: () => step.run(made.world as World) })

const task = ({ title, run }: { title: string; run(): Promise<string> }): ListrTask => ({
  title,
  async task(_, shown) {
    const start = performance.now()
    const outcome = await run()
    timings.push({ title, took: seconds(start) })
    shown.title = `${title} (${seconds(start)})`
    shown.output = outcome
  },
  rendererOptions: { persistentOutput: true },
})

async function finish(): Promise<void> {
  const { server } = made
  if (!server) return
  if (keep) return
  await server.stop()
  if (!wish.data) await rm(server.data, { recursive: true, force: true })
}

/** What `modelmart console` prints. */
const consoleLink = async ({ data }: ServerProcess): Promise<string> =>
  (await promisify(execFile)(process.execPath, [program, 'console', 'buyer', '--data', data])).stdout.trim()

async function summary(): Promise<string> {
  const { server, world } = made as { server: ServerProcess; world: World }
  const width = Math.max(...timings.map(({ title }) => title.length))
  const command = 'npx modelmart'
  return [
    '',
    `The buyer's predictions: ${world.facts.get('predictions')}`,
    '',
    'What it took:',
    ...timings.map(({ title, took }) => `  ${title.padEnd(width)}  ${took.padStart(7)}`),
    `  ${'Everything'.padEnd(width)}  ${seconds(began).padStart(7)}`,
    `  ${'Server start until ready'.padEnd(width)}  ${`${Math.round(server.readyMs)} ms`.padStart(7)}`,
    '',
    ...(keep
      ? [
          `The server runs on as process ${server.pid}; end it with: kill ${server.pid}`,
          'Look around with the AWS CLI as the buyer:',
          `  eval "$(${command} env buyer --data ${server.data})"`,
          '  aws --endpoint-url $AWS_ENDPOINT_URL sagemaker list-training-jobs',
          '  aws --endpoint-url $AWS_ENDPOINT_URL logs filter-log-events --log-group-name /aws/sagemaker/TrainingJobs',
          `  aws --endpoint-url $AWS_ENDPOINT_URL s3 ls --recursive s3://${bucket}`,
          `Or in a browser; the link works once, ${command} console buyer --data ${server.data} prints another:`,
          `  ${await consoleLink(server)}`,
        ]
      : ['Run `npm run demo -- --keep` to leave the server running and look around with the AWS CLI.']),
    '',
  ].join('\n')
}

try {
  const story = isWholeStory ? [...sellerSteps, ...buyerSteps] : await stepsOf(wish.product)
  const steps = [...setUp, ...story.map(told)]
  await new Listr(steps.map(task), { concurrent: false, renderer: process.stdout.isTTY ? 'default' : 'simple' }).run()
  process.stdout.write(await summary())
} catch (error) {
  const log = made.server ? ` The server's log is ${join(made.server.data, 'server.log')}.` : ''
  process.stderr.write(`\nThe demo failed: ${(error as Error).stack}\n${log}\n`)
  process.exitCode = 1
}
if (process.exitCode === undefined) await finish()
else await made.server?.stop()
process.exit()
