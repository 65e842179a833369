import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MetricDatum } from '../service/metrics.ts'
import { createRoutingTable, type Route } from './routing-table.ts'
import { createServerlessLeases } from './serverless-leases.ts'

const arn = 'arn:aws:sagemaker:us-east-1:1:endpoint/one'
const place = { arn, account: '1', region: 'us-east-1', name: 'one' }
const instance = { addresses: ['http://a'], hostnames: [undefined], logStream: 'v/i-1' }
const route = (running: boolean, mostAtOnce = 2): Route => ({
  ...place,
  variants: [
    {
      ...{ name: 'v', weight: 1, direct: false, products: [undefined], serverless: { mostAtOnce } },
      instances: running ? [instance] : [],
    },
  ],
})

/** An endpoint at rest; `wakes` counts how often it was to be started. */
async function atRest() {
  const routes = createRoutingTable()
  await routes.set(route(false))
  const seen = { wakes: 0, metrics: [] as MetricDatum[] }
  const leases = createServerlessLeases({
    routes,
    wake: async () => void seen.wakes++,
    metrics: { put: (_account, _region, _namespace, data) => void seen.metrics.push(...data) },
  })
  return { routes, leases, seen }
}

const refusedAs = (code: string, words: RegExp) => (error: Error & { code?: string }) => {
  assert.equal(error.code, code, error.message)
  assert.match(error.message, words)
  return true
}

describe('leave to ask a serverless endpoint', () => {
  it('starts its container, and is given to all who wait when that runs', async () => {
    const { routes, leases, seen } = await atRest()
    const waiting = [leases.take(place), leases.take(place)]
    await assert.rejects(leases.take(place), refusedAs('ThrottlingException', /invoked 2 times at once/))
    await routes.set(route(true))
    const taken = await Promise.all(waiting)
    assert.deepEqual(
      taken.map(lease => lease.instance),
      [instance, instance],
    )
    assert.ok(seen.wakes > 0)
    assert.deepEqual(
      seen.metrics.map(({ name, value }) => [name, value]),
      [0.5, 1].map(value => ['ServerlessConcurrentExecutionsUtilization', value]),
    )
  })

  it('keeps the container until it is let go, once however often that is said', async () => {
    const { routes, leases } = await atRest()
    await routes.set(route(true))
    const [first, second] = [await leases.take(place), await leases.take(place)]
    first?.letGo()
    first?.letGo()
    assert.equal(leases.idleFor(arn), 0)
    assert.equal(await routes.outstanding.isAsked('i-1'), true)
    const third = await leases.take(place)
    await assert.rejects(leases.take(place), refusedAs('ThrottlingException', /MaxConcurrency/))
    for (const lease of [second, third]) lease?.letGo()
    assert.equal(await routes.outstanding.isAsked('i-1'), false)
    assert.ok(leases.idleFor(arn) >= 0)
  })

  it('is refused with the reason when the container cannot be started, and counts no more', async () => {
    const { routes, leases, seen } = await atRest()
    const waiting = leases.take(place)
    leases.failed(arn, 'it ended')
    await assert.rejects(waiting, refusedAs('ModelError', /Received server error \(0\) from primary.*"it ended"/))
    assert.ok(seen.metrics.some(({ name, value }) => name === 'Invocation5XXErrors' && value === 1))
    await routes.set(route(true, 1))
    const lease = await leases.take(place)
    assert.deepEqual(lease.instance, instance)
  })

  it('is refused when the endpoint goes', async () => {
    const { routes, leases } = await atRest()
    const waiting = leases.take(place)
    await routes.remove(arn)
    await assert.rejects(waiting, refusedAs('ValidationError', /Endpoint one of account 1 not found/))
  })

  it('is bounded by nothing once the endpoint has instances', async () => {
    const { routes, leases } = await atRest()
    const { variants, ...rest } = route(true)
    await routes.set({ ...rest, variants: variants.map(({ serverless: _, ...variant }) => variant) })
    for (let time = 0; time < 5; time++) assert.deepEqual((await leases.take(place)).instance, instance)
  })
})
