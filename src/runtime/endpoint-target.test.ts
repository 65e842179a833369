import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { useRandomness } from '../ground/randomness.ts'
import type { Store } from '../store/store.ts'
import { type Asked, createChooseTarget, createFindRoute } from './endpoint-target.ts'
import { createRoutingTable, type RouteInstance, type RouteVariant } from './routing-table.ts'
import { createServerlessLeases } from './serverless-leases.ts'
import type { SessionPlace } from './sessions.ts'

const instance = (name: string, containers = 1): RouteInstance => ({
  addresses: Array.from({ length: containers }, (_, index) => `http://${name}-${index}`),
  hostnames: Array.from({ length: containers }, (_, index) => `container-${index}`),
  logStream: name,
})

const variant = (more: Partial<RouteVariant>): RouteVariant => ({
  ...{ name: 'all', weight: 1, direct: false, products: [undefined], instances: [instance('a')] },
  ...more,
})

/** An endpoint that has these variants, its route set or not, as the database knows it. */
function endpoint(
  variants: readonly RouteVariant[],
  {
    status = 'InService',
    routed = true,
    sessions = new Map<string, SessionPlace>(),
    components = undefined as readonly RouteVariant[] | undefined,
  } = {},
) {
  const routes = createRoutingTable()
  const route = {
    arn: 'arn',
    account: '1',
    region: 'us-east-1',
    name: 'one',
    variants,
    ...(components && { components }),
  }
  if (routed) routes.set(route)
  const asked: string[] = []
  const query = {
    select: () => query,
    where: (column: string, operator: string, arn: string) => {
      asked.push(`${column} ${operator} ${arn}`)
      return query
    },
    executeTakeFirst: async () => (status ? { status, parent: 'one' } : undefined),
  }
  const store = { db: { selectFrom: () => query } } as unknown as Store
  const ctx = { account: '1', region: 'us-east-1' }
  const leases = createServerlessLeases({ routes, wake: async () => {}, metrics: { put() {} } })
  const choose = createChooseTarget(
    createFindRoute(routes, store),
    routes.outstanding,
    { find: ({ id }) => sessions.get(id) },
    leases.take,
  )
  return {
    ...{ routes, route, asked },
    choose: async (more: Partial<Asked> = {}, name = 'one') => choose({ EndpointName: name, ...more }, ctx),
  }
}

const withChance = async <T>(bytes: number, work: () => Promise<T>): Promise<T> => {
  using _ = useRandomness(count => Buffer.alloc(count, bytes))
  return await work()
}

describe('an invocation goes', () => {
  it('to a variant by chance and weight', async () => {
    const { choose } = endpoint([variant({ name: 'first', weight: 1 }), variant({ name: 'second', weight: 1 })])
    assert.equal((await withChance(0, () => choose())).variant.name, 'first')
    assert.equal((await withChance(255, () => choose())).variant.name, 'second')
  })

  it('to its shadow too, as often as that is sampled', async () => {
    const sampled = (of100: number) =>
      endpoint([
        variant({ shadow: { sampled: of100, variant: variant({ name: 'shadow', instances: [instance('b')] }) } }),
      ])
    const { choose, routes } = sampled(50)
    const target = await withChance(0, () => choose())
    assert.deepEqual(
      [target.variant.name, target.shadow?.variant.name, target.shadow?.addresses, target.shadow?.products],
      ['all', 'shadow', ['http://b-0'], []],
    )
    assert.equal(routes.outstanding.of(instance('b')), 1)
    target.shadow?.ended()
    assert.equal(routes.outstanding.of(instance('b')), 0)
    assert.equal((await withChance(255, () => choose())).shadow, undefined)
    assert.equal((await withChance(0, () => sampled(0).choose())).shadow, undefined)
    assert.equal((await withChance(255, () => sampled(100).choose())).shadow?.variant.name, 'shadow')
    await assert.rejects(choose({ TargetVariant: 'shadow' }), /Variant shadow not found/)
  })

  it('to the variant that is asked for, whatever it weighs', async () => {
    const { choose } = endpoint([variant({}), variant({ name: 'silent', weight: 0 })])
    assert.equal((await choose({ TargetVariant: 'silent' })).variant.name, 'silent')
    await assert.rejects(choose({ TargetVariant: 'none' }), {
      code: 'ValidationError',
      status: 400,
      message: 'Variant none not found for endpoint one.',
    })
  })

  it('to no variant when all weigh nothing', async () => {
    const { choose } = endpoint([variant({ weight: 0 })])
    await assert.rejects(choose(), {
      code: 'ValidationError',
      message: 'All variants of endpoint one have the weight 0.',
    })
  })

  it('to either fleet of a variant while traffic is shifted, also when the variant is named', async () => {
    const fleets = [
      variant({ weight: 0.9, instances: [instance('old')] }),
      variant({ weight: 0.1, instances: [instance('new')] }),
    ]
    const { choose } = endpoint(fleets)
    for (const asked of [{}, { TargetVariant: fleets[0]?.name }]) {
      assert.equal((await withChance(0, () => choose(asked))).instance.logStream, 'old')
      assert.equal((await withChance(255, () => choose(asked))).instance.logStream, 'new')
    }
  })

  it('to the instances of a variant in turn', async () => {
    const { choose } = endpoint([variant({ instances: [instance('a'), instance('b'), instance('c')] })])
    const asked: string[] = []
    for (let turn = 0; turn < 6; turn++) asked.push((await choose()).instance.logStream)
    assert.deepEqual(asked, ['a', 'b', 'c', 'a', 'b', 'c'])
  })

  it('to the instance with the fewest that it has not answered, where that is asked for', async () => {
    const routing = 'LEAST_OUTSTANDING_REQUESTS'
    const { choose } = endpoint([variant({ routing, instances: [instance('a'), instance('b')] })])
    const [first, second] = [await choose(), await choose()]
    assert.deepEqual([first, second].map(target => target.instance.logStream).sort(), ['a', 'b'])
    first.ended()
    first.ended()
    for (let turn = 0; turn < 3; turn++) {
      const next = await choose()
      assert.equal(next.instance, first.instance)
      next.ended()
    }
    second.ended()
    const free = new Set([(await choose()).instance, (await choose()).instance])
    assert.equal(free.size, 2)
  })

  it('to any instance by chance, where that is asked for', async () => {
    const { choose } = endpoint([variant({ routing: 'RANDOM', instances: [instance('a'), instance('b')] })])
    assert.equal((await withChance(0, () => choose())).instance.logStream, 'a')
    assert.equal((await withChance(255, () => choose())).instance.logStream, 'b')
  })

  it('to the instance that holds its session, wherever others go and whatever that weighs', async () => {
    const sessions = new Map([['mine', { logStream: 'b', expires: Date.now() + 60_000 }]])
    const { choose } = endpoint(
      [
        variant({ instances: [instance('a')] }),
        variant({ name: 'old', weight: 0, routing: 'RANDOM', instances: [instance('c'), instance('b')] }),
      ],
      { sessions },
    )
    for (let turn = 0; turn < 3; turn++) {
      const { variant: chosen, instance: asked } = await choose({ SessionId: 'mine' })
      assert.deepEqual([chosen.name, asked.logStream], ['old', 'b'])
      assert.equal((await choose({ SessionId: 'NEW_SESSION' })).instance.logStream, 'a')
    }
    assert.equal((await choose({ SessionId: 'mine', TargetVariant: 'old' })).instance.logStream, 'b')
    await assert.rejects(choose({ SessionId: 'mine', TargetVariant: 'all' }), {
      ...{ code: 'ValidationError', status: 400 },
      message: 'Session mine of endpoint one is held by variant old.',
    })
  })

  it('nowhere when its session is unknown, is over, or was of an instance that is gone', async () => {
    const later = Date.now() + 60_000
    const sessions = new Map([
      ['over', { logStream: 'a', expires: Date.now() }],
      ['gone', { logStream: 'z', expires: later }],
    ])
    const { choose } = endpoint([variant({})], { sessions })
    for (const SessionId of ['unknown', 'over', 'gone'])
      await assert.rejects(choose({ SessionId }), {
        ...{ code: 'ValidationError', status: 400 },
        message: `Session ${SessionId} of endpoint one not found: it is unknown, closed or expired.`,
      })
  })

  it('nowhere when a variant has no instance', async () => {
    const { choose } = endpoint([variant({ instances: [] })])
    await assert.rejects(choose(), { code: 'ServiceUnavailable', status: 503 })
  })

  it('through all containers of a pipeline, each with its product', async () => {
    const products = [undefined, 'product']
    const { choose } = endpoint([variant({ products, instances: [instance('a', 2)] })])
    const target = await choose()
    assert.deepEqual([target.addresses, target.products], [['http://a-0', 'http://a-1'], products])
    await assert.rejects(choose({ TargetContainerHostname: 'container-1' }), /whose InferenceExecutionConfig is Direct/)
  })

  it('to the container that is asked for, with its product, where containers are called directly', async () => {
    const { choose } = endpoint([variant({ direct: true, products: ['one', 'two'], instances: [instance('a', 2)] })])
    for (const [index, product] of ['one', 'two'].entries()) {
      const target = await choose({ TargetContainerHostname: `container-${index}` })
      assert.deepEqual([target.addresses, target.products], [[`http://a-${index}`], [product]])
    }
    for (const TargetContainerHostname of [undefined, 'nobody'])
      await assert.rejects(choose({ TargetContainerHostname }), {
        message: 'TargetContainerHostname must be one of container-0, container-1.',
      })
  })

  it('to nobody when there is no such endpoint, at once', async () => {
    for (const status of ['', 'Creating', 'Failed', 'Deleting']) {
      const { choose, asked } = endpoint([], { status, routed: false })
      await assert.rejects(choose(), { code: 'ValidationError', message: 'Endpoint one of account 1 not found.' })
      assert.deepEqual(asked, ['arn = arn:aws:sagemaker:us-east-1:1:endpoint/one'])
    }
  })

  it('to an endpoint in service as soon as its containers are found again', async () => {
    for (const status of ['InService', 'Updating']) {
      const { choose, routes, route } = endpoint([variant({})], { status, routed: false })
      const choosing = choose()
      await new Promise(setImmediate)
      routes.set(route)
      assert.equal((await choosing).route, route)
    }
  })
})

describe('an endpoint with inference components', () => {
  const copies = (component: string, count: number) =>
    variant({ component, instances: Array.from({ length: count }, (_, index) => instance(`${component}${index}`)) })
  const empty = variant({ instances: [] })

  it('asks the copies of the one that is named, in turn', async () => {
    const { choose } = endpoint([empty], { components: [copies('a', 2), copies('b', 1)] })
    const streams = new Set<string>()
    for (let time = 0; time < 4; time++) streams.add((await choose({ InferenceComponentName: 'a' })).instance.logStream)
    assert.deepEqual([...streams].toSorted(), ['a0', 'a1'])
    assert.equal((await choose({ InferenceComponentName: 'b', TargetVariant: 'all' })).variant.component, 'b')
  })

  it('asks nobody who is not named, is not there, is elsewhere or has no copies', async () => {
    const { choose } = endpoint([empty], { components: [copies('a', 1), copies('none', 0)], status: '' })
    await assert.rejects(choose(), /^ValidationError: Inference Component Name header is required for endpoints/)
    await assert.rejects(choose({ InferenceComponentName: 'c' }), /Inference component c not found for endpoint one\./)
    await assert.rejects(choose({ InferenceComponentName: 'a', TargetVariant: 'b' }), /is on variant all, not b\./)
    await assert.rejects(choose({ InferenceComponentName: 'none' }), /no capacity to process this request/)
    const { choose: modelled } = endpoint([variant({})])
    await assert.rejects(modelled({ InferenceComponentName: 'a' }), /InferenceComponentName cannot be given/)
  })

  it('keeps a session on its copy', async () => {
    const expires = Date.now() + 60_000
    const sessions = new Map([['held', { logStream: 'a1', expires }]])
    const { choose } = endpoint([empty], { components: [copies('a', 3), copies('b', 1)], sessions })
    for (let time = 0; time < 3; time++)
      assert.equal((await choose({ InferenceComponentName: 'a', SessionId: 'held' })).instance.logStream, 'a1')
    await assert.rejects(choose({ InferenceComponentName: 'b', SessionId: 'held' }), /Session held .* not found/)
  })

  it('is waited for right after a start, as long as its row says that it serves', async () => {
    const { choose, routes, route } = endpoint([empty], { components: [] })
    const asked = choose({ InferenceComponentName: 'a' })
    setImmediate(() => routes.set({ ...route, components: [copies('b', 1)] }))
    setTimeout(() => routes.set({ ...route, components: [copies('b', 1), copies('a', 1)] }), 20)
    assert.equal((await asked).instance.logStream, 'a0')
  })
})
