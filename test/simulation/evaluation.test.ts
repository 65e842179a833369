import assert from 'node:assert/strict'
import { it } from 'node:test'
import { saveEntity } from '../../src/marketplace/entity.ts'
import { stopEvaluation } from '../../src/marketplace/evaluation/evaluation-view.ts'
import { startEvaluation } from '../../src/marketplace/evaluation/start-evaluation.ts'
import { newProduct } from '../../src/marketplace/product.ts'
import { modelPackages } from '../../src/sagemaker/product/model-package.ts'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import type { Platform } from '../../src/service/context.ts'
import type { Market } from '../../src/service/market.ts'
import { never } from '../../src/store/schema/market-columns.ts'
import { role } from './job-story.ts'
import type { SimulationOptions } from './options.ts'
import { servingPlan } from './programs.ts'
import { simulate } from './simulate.ts'
import { account, region, type World } from './world.ts'

const seeds = Array.from({ length: 15 }, (_, index) => index + 1)
const seller = '444455556666'
const product = 'prod-evaluated'
const arn = `arn:aws:sagemaker:${region}:865070037744:model-package/evaluated`
const instance = 'ml.m5.large'
const most = 2

/** Nothing but evaluations, with all that strikes. */
const alone = (drawn: SimulationOptions): SimulationOptions => ({
  ...drawn,
  ...{ objects: 0, products: 0, watched: 0, connections: 0, listens: false, records: false },
})

/** A model package that may be evaluated twice by an account, for two minutes. */
async function list({ store, clock }: World): Promise<void> {
  const now = clock.now()
  const usage = { RecommendedInstanceTypes: { BatchTransform: instance, RealtimeInference: instance } }
  const version = {
    ...{
      id: 'v',
      title: '1',
      releaseNotes: '',
      created: now,
      deliveryOptionId: 'option',
      sourceArn: arn,
      assetArn: arn,
    },
    ...{ type: 'SageMakerModelPackage', visibility: 'Public', restricted: 0, contentTypes: [], usage },
    instanceTypes: { training: [], realtime: [instance], batch: [instance] },
  }
  const listed = newProduct(product, seller, now, never)
  const document = { ...listed.document, versions: [version] }
  const containers = [{ definition: {}, imageDigest: 'evaluated' }]
  const row = {
    arn,
    account: '865070037744',
    region,
    name: 'evaluated',
    parent: '',
    status: 'Completed',
    created: now,
    modified: now,
  }
  await store.transaction(async tx => {
    await saveEntity(tx, { ...listed, state: 'Public', document } as never)
    await modelPackages.insert(tx, { ...row, productId: product, containers } as never)
    const terms = { product, max_rows: 2, max_minutes: 2, max_evaluations: most }
    await tx.db.insertInto('market_evaluation_terms').values(terms).execute()
  })
}

const request = {
  candidates: [{ productId: product }],
  roleArn: role,
  input: { s3Uri: 's3://in/rows', contentType: 'text/csv' },
  labels: { s3Uri: 's3://in/labels' },
  output: { s3Uri: 's3://out' },
  metric: 'ACCURACY' as const,
}

/** Evaluations at random times, more than are allowed, some of them stopped; returns those that were acknowledged. */
function tell(world: World): string[] {
  const random = world.random.of('evaluations')
  const made: string[] = []
  world.plans.set('evaluated', servingPlan(random))
  world.objects.set('in/rows', Buffer.from('a\nb\n')).set('in/rows.more', Buffer.from('c\n'))
  world.objects.set('in/labels', Buffer.from('answer\nother\n'))
  world.copies.set(arn, product)
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
    ...wrong(runs.filter(({ counts }) => counts === 1).length > most, 'more were evaluated than are allowed'),
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
        options.clockSteps === 0 && ranFor(run.arn) > engine.lifetimeOf(run.arn),
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
  const rows = await world.store.db.selectFrom('market_evaluation_run').select('status').execute()
  return { wrong: [...violations, ...(await check(world, made))], ends: rows.map(({ status }) => status) }
}

it(`whoever dies at whatever step, evaluations come to an end, are as many as are allowed, and charge nobody: seeds 1 to ${seeds.length}`, async () => {
  const all = new Set<string>()
  for (const seed of seeds) {
    const { wrong, ends } = await play(seed)
    assert.deepEqual(wrong, [], `seed ${seed}`)
    for (const end of ends) all.add(end)
  }
  assert.deepEqual([...all].sort(), ['FAILED', 'STOPPED', 'SUCCEEDED'])
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
