import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mostTries } from '../../reconcile/most-tries.ts'
import type { Measured } from '../../service/market.ts'
import { type Answer, buyer, jobRole, type MarketFixture, openMarketFixture, other, seller } from '../market.fixture.ts'
import { changeCatalog, onProduct, openPackageShop, openShop } from '../market-story.fixture.ts'
import { evaluationRunReconciler } from './evaluation-run.reconcile.ts'
import { runKind } from './evaluation-run.ts'
import { ranksOf } from './evaluation-view.ts'

const terms = { maxRows: 4, maxMinutes: 10, maxEvaluations: 2 }
const [rows, labels] = [`s3://${buyer}/rows.csv`, `s3://${buyer}/labels.txt`]
const asked = (...products: readonly string[]) => ({
  candidates: products.map(productId => ({ productId })),
  roleArn: jobRole(buyer),
  input: { s3Uri: rows, contentType: 'text/csv' },
  labels: { s3Uri: labels },
  output: { s3Uri: `s3://${buyer}/out` },
  metric: 'ACCURACY',
})

const measured = (p50Ms: number, perSecond: number): Measured => ({
  instanceType: 'ml.m5.large',
  answers: { contentType: 'text/csv', count: 4, p50Ms, p99Ms: 2 * p50Ms, perSecond },
})

async function openEvaluations() {
  const house = await openMarketFixture()
  const product = await openPackageShop(house, 'Trees')
  await house.as(seller)('evaluations', 'PutEvaluationTerms', { productId: product, ...terms })
  house.files.set(`${buyer}/rows.csv`, '1,2\n\n3,4\n5,6\r\n7,8')
  house.files.set(`${buyer}/labels.txt`, 'a\nb\na\nb\n')
  const ask = (operation: string, input: object) => house.as(buyer)('evaluations', operation, input)
  const start = (input: object = asked(product)) => ask('StartEvaluation', input)
  const get = (evaluationId: string): Promise<Answer> => ask('GetEvaluation', { evaluationId })
  return { house, product, ask, start, get }
}

const arnOf = (id: string, place = 1) => `arn:aws:sagemaker:us-east-1:${buyer}:transform-job/${id}-${place}`

async function settle(house: MarketFixture): Promise<void> {
  assert.deepEqual(await house.settle(), [])
}

/** Every row that says that somebody pays for something. */
const billed = async ({ store: { db } }: MarketFixture) => [
  ...(await db.selectFrom('market_running').selectAll().execute()),
  ...(await db.selectFrom('market_running_month').selectAll().execute()),
  ...(await db.selectFrom('market_agreement').selectAll().execute()),
]

describe('an evaluation', () => {
  it('holds products side by side on one data set, the best first, and charges nobody', async () => {
    const { house, product, ask, get, start } = await openEvaluations()
    const dearer = await openPackageShop(house, 'Forest', '9.00')
    await house.as(seller)('evaluations', 'PutEvaluationTerms', { productId: dearer, ...terms, maxRows: 1000 })
    const { evaluationId, ...begun } = await start(asked(product, dearer))
    assert.deepEqual(begun, { rows: 4 })
    await settle(house)
    const request = house.runs.requests.get(arnOf(evaluationId))
    assert.deepEqual([request?.account, request?.role], [buyer, jobRole(buyer)])
    assert.match(request?.productArn ?? '', /:999999999999:model-package\/trees-/)
    for (const place of [1, 2]) await house.runs.begin(arnOf(evaluationId, place))
    assert.equal((await get(evaluationId)).status, 'IN_PROGRESS')
    house.clock.time += 61_000
    await house.runs.end(arnOf(evaluationId, 1), { status: 'Completed', measured: measured(5, 100) }, 'a\nb\nb\na\n')
    await house.runs.end(arnOf(evaluationId, 2), { status: 'Completed', measured: measured(9, 50) }, 'a\nb\na\na\n')
    await settle(house)
    house.clock.time += 3_600_000
    const { status, results, metric, rows: count } = await get(evaluationId)
    assert.deepEqual([status, metric, count], ['ENDED', 'ACCURACY', 4])
    const told = results.map(({ productId, rank, score, latency, pricePerThousandRows, usage }: Answer) => [
      ...[productId, rank, score, latency.p50Ms, pricePerThousandRows, usage.minutes, usage.amount],
    ])
    assert.deepEqual(told, [
      [dearer, 1, 0.75, 9, '0.05', 2, '0'],
      [product, 2, 0.5, 5, '0.00083333', 2, '0'],
    ])
    assert.match(results[0].outputS3Uri, new RegExp(`^s3://${buyer}/out/${evaluationId}-2/`))
    assert.deepEqual(await billed(house), [])
    const { evaluations } = await ask('ListEvaluations', {})
    assert.deepEqual([evaluations.length, evaluations[0].status], [1, 'ENDED'])
    assert.equal((await ask('GetEvaluationTerms', { productId: product })).evaluationsLeft, 1)
  })

  it('is compared by latency and by price without labels', async () => {
    const { house, product, get, start } = await openEvaluations()
    const { labels: _, ...rest } = asked(product)
    for (const [metric, score] of [
      ['LATENCY', 5],
      ['PRICE', 0.00083333],
    ] as const) {
      const { evaluationId } = await start({ ...rest, metric })
      await settle(house)
      await house.runs.begin(arnOf(evaluationId))
      await house.runs.end(arnOf(evaluationId), { status: 'Completed', measured: measured(5, 100) }, '')
      await settle(house)
      assert.equal((await get(evaluationId)).results[0].score, score)
    }
  })

  it('tells why there is no score, and keeps what there is', async () => {
    const { house, start, get } = await openEvaluations()
    const { evaluationId } = await start()
    await settle(house)
    await house.runs.begin(arnOf(evaluationId))
    await house.runs.end(arnOf(evaluationId), { status: 'Completed', measured: measured(5, 100) }, 'a\nb\n')
    await settle(house)
    const [result] = (await get(evaluationId)).results
    assert.deepEqual([result.status, result.score, result.rank], ['SUCCEEDED', undefined, undefined])
    assert.equal(result.scoreProblem, 'There are 4 labels and 2 answers.')
    assert.equal(result.latency.p50Ms, 5)
  })

  it('ends although its answers can never be read, by a fault that is nobody’s', async () => {
    const { house, start, get } = await openEvaluations()
    const { evaluationId } = await start()
    await settle(house)
    await house.runs.begin(arnOf(evaluationId))
    await house.runs.end(arnOf(evaluationId), { status: 'Completed', measured: measured(5, 100) }, 'a\nb\na\nb\n')
    const objects = { get: async () => assert.fail('the disk is broken') }
    const { store, iam, now, runs } = house
    const broken = evaluationRunReconciler({ store, iam, now, runs, objects })
    const work = () => broken(arnOf(evaluationId), new AbortController().signal)
    for (let time = 1; time < mostTries; time++) await assert.rejects(async () => work(), /the disk is broken/)
    assert.equal((await get(evaluationId)).status, 'IN_PROGRESS')
    await work()
    const { status, results } = await get(evaluationId)
    assert.deepEqual([status, results[0].status], ['ENDED', 'FAILED'])
    assert.match(results[0].failureReason, /could not be read, 12 times/)
  })

  it('ends when its minutes are over, to the millisecond, and when its buyer ends it', async () => {
    const { house, start, get, ask } = await openEvaluations()
    const [late, unwanted] = [await start(), await start()].map(({ evaluationId }) => evaluationId)
    await settle(house)
    house.clock.time += 3_600_000
    await settle(house)
    // Waiting for capacity is no use.
    assert.equal((await house.runs.find(arnOf(late)))?.status, 'InProgress')
    await house.runs.begin(arnOf(late))
    house.clock.time += terms.maxMinutes * 60_000 - 1
    await settle(house)
    assert.equal((await house.runs.find(arnOf(late)))?.status, 'InProgress')
    house.clock.time++
    await settle(house)
    assert.equal((await house.runs.find(arnOf(late)))?.status, 'Stopping')
    await house.runs.end(arnOf(late), { status: 'Stopped' })
    await ask('StopEvaluation', { evaluationId: unwanted })
    await settle(house)
    await house.runs.end(arnOf(unwanted), { status: 'Stopped' })
    await settle(house)
    const [over] = (await get(late)).results
    assert.deepEqual(
      [over.status, over.failureReason, over.usage.minutes],
      ['FAILED', 'The 10 minutes that its seller allows are over.', 10],
    )
    assert.equal((await get(unwanted)).results[0].status, 'STOPPED')
    await assert.rejects(ask('StopEvaluation', { evaluationId: unwanted }), { code: 'ConflictException' })
  })

  it('that never ran gives its place back; one that ran does not', async () => {
    const { house, product, start, ask } = await openEvaluations()
    const left = async () => (await ask('GetEvaluationTerms', { productId: product })).evaluationsLeft
    const { evaluationId } = await start()
    assert.equal(await left(), 1)
    await ask('StopEvaluation', { evaluationId })
    await settle(house)
    assert.equal(await left(), 2)
    const second = await start()
    await settle(house)
    await house.runs.begin(arnOf(second.evaluationId))
    await house.runs.end(arnOf(second.evaluationId), { status: 'Failed', failureReason: 'ClientError: no.' })
    await settle(house)
    assert.equal(await left(), 1)
  })

  it('is not got more often by asking for many at once, nor by naming a product twice', async () => {
    const { house, product, start } = await openEvaluations()
    const many = await Promise.allSettled(Array.from({ length: 8 }, () => start()))
    const refused = many.filter(each => each.status === 'rejected')
    assert.equal(refused.length, 6)
    for (const { reason } of refused) assert.equal(reason.code, 'ServiceQuotaExceededException')
    assert.equal((await house.store.db.selectFrom('market_evaluation').selectAll().execute()).length, 2)
    const again = await openEvaluations()
    await assert.rejects(
      again.start(asked(again.product, again.product, again.product)),
      /allows an account are used up/,
    )
    assert.deepEqual(await again.house.store.db.selectFrom('market_evaluation_run').selectAll().execute(), [])
    assert.ok(product)
  })

  it('is made once for a token', async () => {
    const { start, product } = await openEvaluations()
    const request = { ...asked(product), clientToken: 'once' }
    assert.deepEqual(await start(request), await start(request))
    await assert.rejects(start({ ...request, metric: 'F1' }), /used with another request/)
  })

  it('keeps the terms with which it began, and the object as it was counted', async () => {
    const { house, product, start } = await openEvaluations()
    const { evaluationId } = await start()
    await house.as(seller)('evaluations', 'DeleteEvaluationTerms', { productId: product })
    const counted = house.files.get(`${buyer}/rows.csv`) ?? ''
    house.files.set(`${buyer}/rows.csv`, counted.repeat(100))
    await settle(house)
    const { input } = house.runs.requests.get(arnOf(evaluationId)) ?? assert.fail('it did not begin')
    house.files.set(`${buyer}/rows.csv`, counted)
    const { etag } = await house.objects.get({ account: buyer } as never, buyer, 'rows.csv')
    assert.deepEqual(input, { bucket: buyer, key: 'rows.csv', etag })
    await assert.rejects(start(), { code: 'ResourceNotFoundException' })
  })

  it('comes to the same when whoever carries it dies after each step', async () => {
    const { house, start, get } = await openEvaluations()
    const { evaluationId } = await start()
    const arn = arnOf(evaluationId)
    const dies = async (part: object, name: string, after: boolean): Promise<void> => {
      const work = Reflect.get(part, name)
      Reflect.set(part, name, async (...given: unknown[]) => {
        Reflect.set(part, name, work)
        if (after) await work(...given)
        throw new Error('it died')
      })
      assert.deepEqual((await house.settle()).map(String), ['Error: it died'])
      await house.store.transaction(tx => tx.enqueue(runKind, arn, house.now()))
    }
    await dies(house.runs, 'start', false)
    await dies(house.runs, 'start', true)
    await settle(house)
    assert.deepEqual([...house.runs.requests.keys()], [arn])
    await house.runs.begin(arn)
    await house.runs.begin(arn)
    house.clock.time += 60_000
    await house.runs.end(arn, { status: 'Completed', measured: measured(5, 100) }, 'a\nb\nb\na\n')
    await dies(house.objects, 'get', true)
    await dies(house.objects, 'get', false)
    await settle(house)
    await house.runs.end(arn, {})
    await settle(house)
    const [{ status, score, usage }] = (await get(evaluationId)).results
    assert.deepEqual([status, score, usage.minutes], ['SUCCEEDED', 0.5, 1])
  })

  it('is nobody else’s to see: not the seller’s, not another buyer’s', async () => {
    const { house, start } = await openEvaluations()
    const { evaluationId } = await start()
    for (const account of [seller, other]) {
      const theirs = house.as(account)
      await assert.rejects(theirs('evaluations', 'GetEvaluation', { evaluationId }), {
        code: 'ResourceNotFoundException',
      })
      await assert.rejects(theirs('evaluations', 'StopEvaluation', { evaluationId }), {
        code: 'ResourceNotFoundException',
      })
      assert.deepEqual(await theirs('evaluations', 'ListEvaluations', {}), { evaluations: [] })
    }
  })

  it('is refused beyond what the seller allows, what the product takes, what the role may read, and what a metric needs', async () => {
    const { house, product, start } = await openEvaluations()
    const usual = asked(product)
    const { labels: given, ...unlabelled } = usual
    const put = (name: string, text: string) => house.files.set(`${buyer}/${name}`, text)
    put('five.csv', '1\n2\n3\n4\n5\n')
    put('none.csv', '\n\n')
    const input = (name: string) => ({ ...usual, input: { s3Uri: `s3://${buyer}/${name}`, contentType: 'text/csv' } })
    const cases: readonly (readonly [object, code: string, why: RegExp])[] = [
      [input('five.csv'), 'ServiceQuotaExceededException', /more than 4 rows/],
      [input('none.csv'), 'ValidationException', /has no rows/],
      [input('gone.csv'), 'ValidationException', /cannot be read: There is no/],
      [input('folder/'), 'ValidationException', /must name one object/],
      [
        { ...usual, input: { s3Uri: `s3://${other}/x`, contentType: 'text/csv' } },
        'ValidationException',
        /Access Denied/,
      ],
      [{ ...usual, input: { ...usual.input, contentType: 'image/png' } }, 'ValidationException', /It takes text\/csv/],
      [{ ...usual, labels: { s3Uri: `s3://${buyer}/five.csv` } }, 'ValidationException', /more lines than 4 rows/],
      [
        { ...usual, candidates: [{ productId: product, instanceType: 'ml.p3.2xlarge' }] },
        'ValidationException',
        /It runs on ml.m5.large/,
      ],
      [
        { ...usual, candidates: [{ productId: product, fulfillmentOptionId: 'x' }] },
        'ResourceNotFoundException',
        /Version x/,
      ],
      [{ ...usual, candidates: [{ productId: 'prod-none' }] }, 'ResourceNotFoundException', /prod-none/],
      [unlabelled, 'ValidationException', /needs labels/],
      [{ ...usual, metric: 'PRICE' }, 'ValidationException', /no use for labels/],
      [{ ...usual, positiveLabel: 'a' }, 'ValidationException', /no use for positiveLabel/],
      [{ ...usual, prediction: { column: 1, field: 'x' } }, 'ValidationException', /not both/],
      [{ ...usual, roleArn: jobRole(other) }, 'ValidationException', /Cross-account pass role/],
    ]
    for (const [request, code, message] of cases) await assert.rejects(start(request), { code, message })
    assert.ok(given)
    assert.deepEqual(await house.store.db.selectFrom('market_evaluation').selectAll().execute(), [])
  })

  it('is allowed by the seller of a product alone, and not of what is withdrawn', async () => {
    const { house, product, start } = await openEvaluations()
    const own = (account: string, productId: string) =>
      house.as(account)('evaluations', 'PutEvaluationTerms', { productId, ...terms })
    await assert.rejects(own(buyer, product), { code: 'ResourceNotFoundException' })
    await changeCatalog(house, [onProduct('UpdateVisibility', { TargetVisibility: 'Restricted' }, product)])
    await assert.rejects(start(), { code: 'ResourceNotFoundException' })
  })
})

/** The same shop with an algorithm beside its package, and data to learn from. */
async function openLessons() {
  const opened = await openEvaluations()
  const { house } = opened
  const algorithm = (await openShop(house)).product.split('@')[0] as string
  await house.as(seller)('evaluations', 'PutEvaluationTerms', { productId: algorithm, ...terms })
  house.files.set(`${buyer}/train.csv`, 'a,1\nb,2\n')
  house.files.set(`${buyer}/more.csv`, 'a,3\n')
  const training = {
    channels: [
      { channelName: 'training', s3Uri: `s3://${buyer}/train.csv`, contentType: 'text/csv' },
      { channelName: 'validation', s3Uri: `s3://${buyer}/more.csv` },
    ],
  }
  const hyperParameters = { max_leaf_nodes: '4' }
  const request = { ...asked(algorithm), training, candidates: [{ productId: algorithm, hyperParameters }] }
  return { ...opened, algorithm, training, request, startOwn: () => opened.start(request) }
}

const lessonOf = (id: string, place = 1) => arnOf(id, place).replace('transform-job', 'training-job')
const model = `s3://${buyer}/out/model.tar.gz`

describe('an evaluation of an algorithm', () => {
  it('trains first, then answers beside other products, and what both used is written down and not charged', async () => {
    const { house, product, algorithm, request, start, get } = await openLessons()
    const { evaluationId, ...begun } = await start({
      ...request,
      candidates: [...request.candidates, { productId: product }],
    })
    assert.deepEqual(begun, { rows: 4, trainingRows: 3 })
    await settle(house)
    const [arn, lesson] = [arnOf(evaluationId), lessonOf(evaluationId)]
    assert.deepEqual([...house.runs.lessons.keys()], [lesson])
    assert.deepEqual([...house.runs.requests.keys()], [arnOf(evaluationId, 2)])
    const { channels, outputUri, maxMinutes, hyperParameters, run } = house.runs.lessons.get(lesson) ?? assert.fail()
    assert.deepEqual(
      channels.map(({ name, contentType, input }) => [name, contentType, input.key]),
      [
        ['training', 'text/csv', 'train.csv'],
        ['validation', undefined, 'more.csv'],
      ],
    )
    const { etag } = await house.objects.get({ account: buyer } as never, buyer, 'more.csv')
    assert.equal(channels[1]?.input.etag, etag)
    assert.deepEqual(
      [outputUri, maxMinutes, hyperParameters, run],
      [`s3://${buyer}/out/${evaluationId}-1-model`, 10, { max_leaf_nodes: '4' }, arn],
    )
    await house.runs.beginTraining(arn)
    house.clock.time += 61_000
    await house.runs.endTraining(lesson, { status: 'Completed', model })
    await settle(house)
    assert.equal(house.runs.requests.get(arn)?.model, model)
    for (const place of [1, 2]) await house.runs.begin(arnOf(evaluationId, place))
    house.clock.time += 1000
    await house.runs.end(arn, { status: 'Completed', measured: measured(5, 100) }, 'a\nb\na\nb\n')
    await house.runs.end(arnOf(evaluationId, 2), { status: 'Completed', measured: measured(9, 50) }, 'a\nb\na\na\n')
    await settle(house)
    const { results, trainingRows, training } = await get(evaluationId)
    assert.deepEqual([trainingRows, training], [3, request.training])
    const told = results.map(({ productId, rank, score, usage, trainingInstanceType, trainingJobName }: Answer) => [
      ...[productId, rank, score, usage, trainingInstanceType, trainingJobName],
    ])
    const free = { amount: '0', currencyCode: 'USD' }
    assert.deepEqual(told, [
      [algorithm, 1, 1, { minutes: 3, trainingMinutes: 2, ...free }, 'ml.m5.large', `${evaluationId}-1`],
      [product, 2, 0.75, { minutes: 1, ...free }, undefined, undefined],
    ])
    const uses = await house.store.db.selectFrom('market_evaluation_use').selectAll().where('arn', '=', arn).execute()
    assert.deepEqual(
      uses.map(({ dimension, started, stopped }) => [dimension, Number(stopped) - Number(started)]),
      [
        ['ml.m5.large.a.t', 61_000],
        ['ml.m5.large.m.i.b', 1000],
      ],
    )
    assert.deepEqual(await billed(house), [])
  })

  it('has its seller’s minutes for both together', async () => {
    const { house, startOwn, get } = await openLessons()
    const { evaluationId } = await startOwn()
    await settle(house)
    const [arn, lesson] = [arnOf(evaluationId), lessonOf(evaluationId)]
    await house.runs.beginTraining(arn)
    house.clock.time += 6 * 60_000
    await house.runs.endTraining(lesson, { status: 'Completed', model })
    await settle(house)
    await house.runs.begin(arn)
    house.clock.time += 4 * 60_000 - 1
    await settle(house)
    assert.equal((await house.runs.find(arn))?.status, 'InProgress')
    house.clock.time++
    await settle(house)
    assert.equal((await house.runs.find(arn))?.status, 'Stopping')
    await house.runs.end(arn, { status: 'Stopped' })
    await settle(house)
    const [{ failureReason, usage }] = (await get(evaluationId)).results
    assert.deepEqual(
      [failureReason, usage.minutes, usage.trainingMinutes],
      ['The 10 minutes that its seller allows are over.', 10, 6],
    )
  })

  it('ends with a training job that fails, is over time, is stopped, or is deleted; none of them answers', async () => {
    const { house, algorithm, startOwn, get, ask } = await openLessons()
    await house.as(seller)('evaluations', 'PutEvaluationTerms', { productId: algorithm, ...terms, maxEvaluations: 9 })
    const end = async (told: Parameters<typeof house.runs.endTraining>[1], ms = 1000) => {
      const { evaluationId } = await startOwn()
      await settle(house)
      await house.runs.beginTraining(arnOf(evaluationId))
      house.clock.time += ms
      await settle(house)
      await house.runs.endTraining(lessonOf(evaluationId), told)
      await settle(house)
      assert.equal(house.runs.requests.has(arnOf(evaluationId)), false)
      const [{ status, failureReason }] = (await get(evaluationId)).results
      return [status, failureReason]
    }
    assert.deepEqual(await end({ status: 'Failed', failureReason: 'AlgorithmError: no.' }), [
      'FAILED',
      'AlgorithmError: no.',
    ])
    assert.deepEqual(await end({ status: 'Stopped' }), ['STOPPED', undefined])
    assert.deepEqual(await end(undefined), ['FAILED', 'Its training job was deleted.'])
    const over = ['FAILED', 'The 10 minutes that its seller allows are over.']
    assert.deepEqual(await end({ status: 'Stopped' }, 600_000), over)
    assert.deepEqual(await end({ status: 'Completed', model }, 600_000), over)
    const { evaluationId } = await startOwn()
    await settle(house)
    await ask('StopEvaluation', { evaluationId })
    await settle(house)
    assert.equal((await house.runs.findTraining(lessonOf(evaluationId)))?.status, 'Stopping')
    await house.runs.endTraining(lessonOf(evaluationId), { status: 'Stopped' })
    await settle(house)
    assert.equal((await get(evaluationId)).results[0].status, 'STOPPED')
    assert.equal((await ask('GetEvaluationTerms', { productId: algorithm })).evaluationsLeft, 4)
  })

  it('comes to the same when whoever carries it dies after each step of its training', async () => {
    const { house, startOwn, get } = await openLessons()
    const { evaluationId } = await startOwn()
    const [arn, lesson] = [arnOf(evaluationId), lessonOf(evaluationId)]
    const dies = async (name: 'train' | 'findTraining' | 'start', after: boolean): Promise<void> => {
      const work = house.runs[name] as (...given: unknown[]) => Promise<unknown>
      Reflect.set(house.runs, name, async (...given: unknown[]) => {
        Reflect.set(house.runs, name, work)
        if (after) await work(...given)
        throw new Error('it died')
      })
      assert.deepEqual((await house.settle()).map(String), ['Error: it died'])
      await house.store.transaction(tx => tx.enqueue(runKind, arn, house.now()))
    }
    await dies('train', false)
    await dies('train', true)
    await settle(house)
    assert.deepEqual([...house.runs.lessons.keys()], [lesson])
    await house.runs.beginTraining(arn)
    await house.runs.beginTraining(arn)
    house.clock.time += 60_000
    await house.runs.endTraining(lesson, { status: 'Completed', model })
    await dies('findTraining', true)
    await dies('start', false)
    await dies('start', true)
    await settle(house)
    await house.runs.begin(arn)
    await house.runs.end(arn, { status: 'Completed', measured: measured(5, 100) }, 'a\nb\nb\na\n')
    await settle(house)
    const [{ status, score, usage }] = (await get(evaluationId)).results
    assert.deepEqual([status, score, usage.trainingMinutes], ['SUCCEEDED', 0.5, 1])
  })

  it('is refused beyond what the seller allows, and what makes no sense', async () => {
    const { house, product, algorithm, training, request, start } = await openLessons()
    const { training: _, ...untaught } = request
    const channel = (s3Uri: string) => ({ ...request, training: { channels: [{ channelName: 'training', s3Uri }] } })
    const candidate = (more: object) => ({ ...request, candidates: [{ productId: algorithm, ...more }] })
    house.files.set(`${buyer}/many.csv`, 'a,1\nb,2\n')
    house.files.set(`${buyer}/none.csv`, '\n')
    const twice = { ...request, training: { channels: [...training.channels, training.channels[0]] } }
    const third = { channelName: 'third', s3Uri: `s3://${buyer}/many.csv` }
    const tooMany = { ...request, training: { channels: [...training.channels, third] } }
    const cases: readonly (readonly [object, code: string, why: RegExp])[] = [
      [untaught, 'ValidationException', /is an algorithm: give training/],
      [{ ...asked(product), training }, 'ValidationException', /none of the products is an algorithm/],
      [tooMany, 'ServiceQuotaExceededException', /learnt from has more than 4 rows/],
      [channel(`s3://${buyer}/none.csv`), 'ValidationException', /learnt from has no rows/],
      [channel(`s3://${buyer}/gone.csv`), 'ValidationException', /cannot be read: There is no/],
      [channel(`s3://${buyer}/folder/`), 'ValidationException', /must name one object/],
      [twice, 'ValidationException', /two training channels named training/],
      [candidate({ trainingInstanceType: 'ml.p3.2xlarge' }), 'ValidationException', /It trains on ml.m5.large/],
      [
        { ...request, candidates: [...request.candidates, { productId: product, hyperParameters: {} }] },
        'ValidationException',
        /is a model package, which has no use/,
      ],
    ]
    for (const [wrong, code, message] of cases) await assert.rejects(start(wrong), { code, message })
    assert.deepEqual(await house.store.db.selectFrom('market_evaluation').selectAll().execute(), [])
  })
})

it('equally good products have the same rank, and less is better of errors', () => {
  const runs = [3, 1, 3, undefined].map((value, at) => ({
    arn: String(at),
    result: value === undefined ? {} : { score: value },
  }))
  assert.deepEqual(
    [...ranksOf(runs, 'AUC')],
    [
      ['0', 1],
      ['1', 3],
      ['2', 1],
    ],
  )
  assert.deepEqual(
    [...ranksOf(runs, 'MAE')],
    [
      ['0', 2],
      ['1', 1],
      ['2', 2],
    ],
  )
})
