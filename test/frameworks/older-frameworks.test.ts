import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type PresentEngine, presentEngines } from '../e2e/engines.ts'
import { logLines, train } from '../e2e/jobs.ts'
import type { Party } from '../e2e/party.ts'
import type { World } from '../e2e/world.ts'
import * as story from './example-story.ts'

const [engine] = (await presentEngines()) as [PresentEngine]

const frameworks = [
  {
    ...{ framework: 'Apache MXNet', example: 'vine-grades', file: 'wines.csv', epochs: '20', rows: 100, hosts: 2 },
    ...{ told: /^100 wines, \d+ of them fine$/m, each: '600 rows on this host', likely: 0.7 },
    ...{ row: '12.8,5.60,1.0,2.50,6.0,6\n', answer: /^fine,0\.\d{4}\n$/, member: 'grade' },
    ...{ broken: 'fine,1,two\n', reason: /train\/rows\.csv: could not convert string to float: 'two'/ },
  },
  {
    ...{ framework: 'Chainer', example: 'valve-watch', file: 'valves.csv', epochs: '6', rows: 60, hosts: 1 },
    ...{ told: /^60 valves, \d+ of them leaking$/m, each: '900 curves, states leaking, sound, sticking', likely: 0.9 },
    ...{ row: '8,8,8,8,6,4,2,1,0.5,0.4,0.4,0.4,0.4,0.4,0.4,0.4\n', answer: /^sound,[01]\.\d{4}\n$/, member: 'state' },
    ...{ broken: 'sound,1,2\n', reason: /train\/rows\.csv: row 1 has 2 pressures, not 16/ },
  },
]

for (const { framework, example, file, epochs, rows, hosts, told, each, likely, ...asked } of frameworks)
  describe(`${framework}, in its last version`, { timeout: 900_000 }, () => {
    let world: World
    let buyer: Party
    let product = ''
    before(async () => {
      ;({ world, buyer } = await story.openShop(engine))
      await story.putData(buyer, example)
    })
    after(() => world?.close())

    it('is certified, listed and bought', async () => {
      product = (await story.boughtExample(world, buyer, example)).arn
    })

    it('has a notebook that trains, deploys, asks and clears away', { skip: story.noBoto3 }, async () => {
      assert.match(await story.runNotebook(world, buyer, example, product), told)
    })

    it(`is trained by ${hosts === 1 ? 'one host' : `${hosts} hosts together`}`, async () => {
      const job = await train(buyer, 'trained', { epochs }, story.jobOf(buyer, product, hosts))
      assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
      const lines = await logLines(buyer, '/aws/sagemaker/TrainingJobs', 'trained/')
      assert.equal(lines.filter(line => line === each).length, hosts)
      assert.equal(lines.filter(line => line.startsWith(`epoch ${epochs}:`)).length, 1)
      const accuracy = job.FinalMetricDataList?.find(({ MetricName }) => MetricName === 'validation-accuracy')?.Value
      assert.ok(Number(accuracy) > likely, `${accuracy}`)
      await story.modelOf(buyer, 'trained', product, job.ModelArtifacts?.S3ModelArtifacts as string)
    })

    it('says which file it cannot read', async () => {
      await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'broken/rows.csv', Body: asked.broken })
      const InputDataConfig = [story.channelOf(buyer, 'train', 'text/csv', 'FullyReplicated', 'broken')]
      const job = await train(buyer, 'broken', {}, { ...story.jobOf(buyer, product), InputDataConfig })
      assert.equal(job.TrainingJobStatus, 'Failed')
      assert.match(job.FailureReason ?? '', asked.reason)
    })

    it('answers, and says what it cannot read', async () => {
      const ask = await story.served(buyer, 'trained')
      assert.match(await ask('text/csv', asked.row), asked.answer)
      const [answer = ''] = (await ask('text/csv', asked.row)).split(',')
      assert.equal(JSON.parse(await ask('text/csv', asked.row, 'application/jsonlines'))[asked.member], answer)
      await assert.rejects(ask('text/csv', '1\n'), /row 1 has 1 /)
      await assert.rejects(ask('text/plain', asked.row), /415/)
      await assert.rejects(ask('text/csv', asked.row, 'image/png'), /406/)
      await buyer.sagemaker.deleteEndpoint({ EndpointName: 'trained' })
    })

    it('answers the rows of a batch', async () => {
      assert.equal((await story.batch(buyer, 'trained', file)).length, rows)
    })

    it('sells what it has learned beside itself, with a notebook', { skip: story.noBoto3 }, async () => {
      const trained = (await story.boughtTrained(world, buyer, example)).arn
      assert.match(await story.runNotebook(world, buyer, `${example}/trained`, trained), told)
    })

    it('leaves nothing behind', () => world.leavesNothing())
  })
