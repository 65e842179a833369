import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Measured } from '../../service/market.ts'
import { type Answer, buyer, jobRole, type MarketFixture, openMarketFixture, other, seller } from '../market.fixture.ts'
import { changeCatalog, onProduct, openPackageShop, openShop } from '../market-story.fixture.ts'
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

  it('is allowed by the seller of a model package alone, and not of what is withdrawn', async () => {
    const { house, product, start } = await openEvaluations()
    const own = (account: string, productId: string) =>
      house.as(account)('evaluations', 'PutEvaluationTerms', { productId, ...terms })
    await assert.rejects(own(buyer, product), { code: 'ResourceNotFoundException' })
    const { product: algorithm } = await openShop(house)
    await assert.rejects(own(seller, algorithm.split('@')[0] as string), /before it is trained/)
    await changeCatalog(house, [onProduct('UpdateVisibility', { TargetVisibility: 'Restricted' }, product)])
    await assert.rejects(start(), { code: 'ResourceNotFoundException' })
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
