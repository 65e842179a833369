import assert from 'node:assert/strict'
import { it } from 'node:test'
import { saveEntity } from '../../src/marketplace/entity.ts'
import { trainingArn } from '../../src/marketplace/evaluation/evaluation-run.ts'
import { stopEvaluation } from '../../src/marketplace/evaluation/evaluation-view.ts'
import { startEvaluation } from '../../src/marketplace/evaluation/start-evaluation.ts'
import { newProduct } from '../../src/marketplace/product.ts'
import { algorithms } from '../../src/sagemaker/product/algorithm.ts'
import { modelPackages } from '../../src/sagemaker/product/model-package.ts'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import type { Platform } from '../../src/service/context.ts'
import type { Market } from '../../src/service/market.ts'
import { never } from '../../src/store/schema/market-columns.ts'
import { role } from './job-story.ts'
import { type SimulationOptions, withoutFaults } from './options.ts'
import { servingPlan, trainingPlan } from './programs.ts'
import { simulate } from './simulate.ts'
import { account, region, type World } from './world.ts'

const seeds = Array.from({ length: 15 }, (_, index) => index + 1)
const seller = '444455556666'
/** A model package and an algorithm, which learns before it answers. */
const products = { 'prod-evaluated': 'model-package/evaluated', 'prod-learner': 'algorithm/learner' } as const
const copyOf = (product: keyof typeof products) => `arn:aws:sagemaker:${region}:865070037744:${products[product]}`
const instance = 'ml.m5.large'
const most = 2
const mostMs = 2 * 60_000

/** Nothing but evaluations, with all that strikes. */
const alone = (drawn: SimulationOptions): SimulationOptions => ({
  ...drawn,
  ...{ objects: 0, products: 0, watched: 0, connections: 0, listens: false, records: false },
})

const names = Object.keys(products) as (keyof typeof products)[]

/** Products that may be evaluated twice by an account, for two minutes each. */
async function list({ store, clock }: World): Promise<void> {
  const now = clock.now()
  await store.transaction(async tx => {
    for (const product of names) {
      await saveEntity(tx, listed(product, now) as never)
      const terms = { product, max_rows: 2, max_minutes: 2, max_evaluations: most }
      await tx.db.insertInto('market_evaluation_terms').values(terms).execute()
    }
    const containers = [{ definition: {}, imageDigest: 'evaluated' }]
    await modelPackages.insert(tx, { ...rowOf('prod-evaluated', now), containers } as never)
    await algorithms.insert(tx, { ...rowOf('prod-learner', now), ...learner } as never)
  })
}

const rowOf = (product: keyof typeof products, now: number) => ({
  ...{ arn: copyOf(product), account: '865070037744', region, name: product, parent: '', status: 'Completed' },
  ...{ created: now, modified: now, productId: product },
})

const learner = {
  trainingImageDigest: 'learner',
  inferenceImageDigests: ['answerer'],
  request: {
    AlgorithmName: 'learner',
    TrainingSpecification: {
      ...{ TrainingImage: 'learner', SupportedTrainingInstanceTypes: [instance] },
      TrainingChannels: [{ Name: 'training', SupportedContentTypes: ['text/csv'], SupportedInputModes: ['File'] }],
    },
    InferenceSpecification: { Containers: [{ Image: 'answerer' }], SupportedContentTypes: ['text/csv'] },
  },
}

function listed(product: keyof typeof products, now: number) {
  const isPackage = product === 'prod-evaluated'
  const types = { BatchTransform: instance, RealtimeInference: instance, Training: instance }
  const version = {
    ...{ id: 'v', title: '1', releaseNotes: '', created: now, deliveryOptionId: 'option' },
    ...{ sourceArn: copyOf(product), assetArn: copyOf(product), visibility: 'Public', restricted: 0, contentTypes: [] },
    ...{ type: isPackage ? 'SageMakerModelPackage' : 'SageMakerAlgorithm', usage: { RecommendedInstanceTypes: types } },
    instanceTypes: { training: isPackage ? [] : [instance], realtime: [instance], batch: [instance] },
  }
  const entity = newProduct(product, seller, now, never)
  return { ...entity, state: 'Public', document: { ...entity.document, versions: [version] } }
}

const request = {
  candidates: names.map(productId => ({ productId })),
  roleArn: role,
  input: { s3Uri: 's3://in/rows', contentType: 'text/csv' },
  labels: { s3Uri: 's3://in/labels' },
  training: { channels: [{ channelName: 'training', s3Uri: 's3://in/known', contentType: 'text/csv' }] },
  output: { s3Uri: 's3://out' },
  metric: 'ACCURACY' as const,
}

/** Evaluations at random times, more than are allowed, some of them stopped; returns those that were acknowledged. */
function tell(world: World): string[] {
  const random = world.random.of('evaluations')
  const made: string[] = []
  for (const image of ['evaluated', 'answerer']) world.plans.set(image, servingPlan(random))
  // Most end in good time and well: what answers is to be tried too.
  const learning = trainingPlan(random)
  world.plans.set('learner', { ...learning, ...(random.chance(0.6) && { durationMs: 1000, exit: 0 }) })
  world.objects.set('in/rows', Buffer.from('a\nb\n')).set('in/rows.more', Buffer.from('c\n'))
  world.objects.set('in/labels', Buffer.from('answer\nother\n'))
  world.objects.set('in/known', Buffer.from('1,a\n2,b\n'))
  for (const product of names) world.copies.set(copyOf(product), product)
  world.at(1, () => void list(world))
  for (let number = 0; number < 4; number++)
    world.at(random.between(100, world.options.horizonMs), () => {
      const ask = world.call(({ platform }) => startEvaluation(request, serviceContext(platform, account, region)))
      ask?.then(({ evaluationId }) => made.push(evaluationId)).catch(() => {})
    })
  for (let number = 0; number < 2; number++)
    world.at(random.between(100, 2 * world.options.horizonMs), () => {
      const evaluationId = made[0] ?? ''
      world
        .call(({ platform }) => stopEvaluation({ evaluationId }, serviceContext(platform, account, region)))
        ?.catch(() => {})
    })
  return made
}

async function check({ store: { db }, engine, options }: World, made: readonly string[]): Promise<string[]> {
  const runs = await db.selectFrom('market_evaluation_run').selectAll().execute()
  const uses = await db.selectFrom('market_evaluation_use').selectAll().execute()
  const billed = await db.selectFrom('market_running').selectAll().execute()
  const ranFor = (of: string) =>
    uses.filter(use => use.arn === of).reduce((sum, use) => sum + use.stopped - use.started, 0)
  const wrong = (is: boolean, what: string) => (is ? [what] : [])
  return [
    ...made.filter(id => !runs.some(({ evaluation }) => evaluation === id)).map(id => `${id} is lost`),
    ...names.flatMap(name =>
      wrong(
        runs.filter(({ counts, product }) => counts === 1 && product === name).length > most,
        `${name} was evaluated more often than is allowed`,
      ),
    ),
    ...wrong(billed.length > 0, `${billed[0]?.resource_arn} is charged`),
    ...wrong(
      uses.some(({ stopped }) => stopped === never),
      'a use has no end',
    ),
    ...runs.flatMap(run => [
      ...wrong(run.status === 'IN_PROGRESS', `${run.arn} has no end`),
      ...wrong(run.status === 'SUCCEEDED' && JSON.parse(run.result).score !== 0.5, `${run.arn}: ${run.result}`),
      ...wrong(
        run.status !== 'STOPPED' && run.status !== 'FAILED' && run.counts === 0,
        `${run.arn} counts for nothing`,
      ),
      ...wrong(run.counts === 0 && uses.some(use => use.arn === run.arn), `${run.arn} ran and counts for nothing`),
      ...wrong(
        options.clockSteps === 0 && ranFor(run.arn) > engine.lifetimeOf(run.arn) + engine.lifetimeOf(trainingArn(run)),
        `${run.arn} is told to have run ${ranFor(run.arn)} ms`,
      ),
    ]),
  ]
}

/** One seed: what is wrong at its end, and how the runs ended. */
async function play(seed: number, platform = (same: Platform) => same) {
  let world: World | undefined
  let made: string[] = []
  const { violations } = await simulate(seed, { change: alone, platform }, opened => {
    world = opened
    made = tell(opened)
    return []
  })
  if (!world) throw new Error('there was no world')
  const rows = await world.store.db.selectFrom('market_evaluation_run').select(['product', 'status']).execute()
  const ends = rows.map(({ product, status }) => `${product} ${status}`)
  return { wrong: [...violations, ...(await check(world, made))], ends }
}

it(`whoever dies at whatever step, evaluations come to an end, are as many as are allowed, and charge nobody: seeds 1 to ${seeds.length}`, async () => {
  const all = new Set<string>()
  for (const seed of seeds) {
    const { wrong, ends } = await play(seed)
    assert.deepEqual(wrong, [], `seed ${seed}`)
    for (const end of ends) all.add(end)
  }
  const ends = names.flatMap(name => ['FAILED', 'STOPPED', 'SUCCEEDED'].map(end => `${name} ${end}`))
  assert.deepEqual([...all].sort(), ends)
})

const sabotages: Readonly<Record<string, (market: Market) => Partial<Market>>> = {
  'use that nobody writes down': () => ({ evaluationStarted: async () => {} }),
  'use that nobody ends': () => ({ usageStopped: async () => {} }),
  'use that goes on until later': ({ usageStopped }) => ({
    usageStopped: (tx, resource, at) => usageStopped(tx, resource, new Date(at.getTime() + 3_600_000)),
  }),
}

for (const [what, change] of Object.entries(sabotages))
  it(`notices ${what}`, async () => {
    for (const seed of seeds) {
      const { wrong } = await play(seed, platform => ({
        ...platform,
        market: { ...platform.market, ...change(platform.market) },
      }))
      if (wrong.length > 0) return
    }
    assert.fail('nothing was noticed')
  })

/** How long an algorithm that would learn for a quarter of an hour has run, and how it ended, where nothing strikes. */
async function learnTooLong(platform = (same: Platform) => same) {
  let world: World | undefined
  await simulate(1, { change: drawn => withoutFaults(alone(drawn)), platform }, opened => {
    world = opened
    tell(opened)
    const plan = { lines: 1, durationMs: 900_000, exit: 0, ignoresTerm: false, healthyAfterMs: undefined, errorRate: 0 }
    opened.plans.set('learner', plan)
    return []
  })
  const db = (world as World).store.db
  const runs = await db.selectFrom('market_evaluation_run').selectAll().where('product', '=', 'prod-learner').execute()
  const uses = await db.selectFrom('market_evaluation_use').selectAll().execute()
  return runs
    .filter(run => run.status === 'FAILED')
    .map(({ arn, result }) => {
      const [use] = uses.filter(each => each.arn === arn)
      return { result, ran: use ? use.stopped - use.started : 0 }
    })
}

it('what learns longer than its seller’s minutes is ended with them, and that is noticed when nobody does', async () => {
  const ended = await learnTooLong()
  assert.ok(ended.length > 0)
  for (const { result, ran } of ended) {
    assert.match(result, /The 2 minutes that its seller allows are over/)
    assert.ok(ran >= mostMs && ran < mostMs + 30_000, `${ran} ms`)
  }
  const never = await learnTooLong(platform => ({
    ...platform,
    market: {
      ...platform.market,
      evaluationStarted: (tx, ...rest) =>
        platform.market.evaluationStarted({ ...tx, enqueue: async () => {} }, ...rest),
    },
  }))
  assert.ok(never.some(({ ran }) => ran > mostMs + 30_000))
})
