import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from '../service/context.ts'
import type { MetricDatum } from '../service/metrics.ts'
import type { Target } from './endpoint-target.ts'
import { meterAnswer, reportInvocation, reportNoCapacity } from './invocation-report.ts'
import type { RuntimeParts } from './runtime-operation.ts'

const target = (products: readonly (string | undefined)[]) =>
  ({
    route: { account: '1', region: 'us-east-1', arn: 'endpoint/1', name: 'one' },
    variant: { name: 'all', instances: [{}, {}] },
    products,
  }) as unknown as Target

function parts() {
  const records: unknown[] = []
  const warnings: { ignored: string }[] = []
  const metrics: [string, string, string, MetricDatum[]][] = []
  const ctx = {
    journal: { record: async (...given: unknown[]) => void records.push(given) },
    log: { warn: (what: { ignored: string }) => void warnings.push(what) },
    metrics: { put: (...given: [string, string, string, MetricDatum[]]) => void metrics.push(given) },
  } as unknown as Context & RuntimeParts
  return { ctx, records, warnings, metrics }
}

describe('a good answer', () => {
  it('is metered for the product of its own container, and for nobody when that is the buyer’s', async () => {
    const { ctx, records } = parts()
    const metering = '{"Dimension":"inference.count","ConsumedUnits":5}'
    const given = target([undefined, 'one', 'two'])
    await meterAnswer(given, 0, { metering }, ctx)
    await meterAnswer(given, 1, {}, ctx)
    await meterAnswer(given, 2, { metering }, ctx)
    const subject = { account: '1', region: 'us-east-1', resourceArn: 'endpoint/1' }
    assert.deepEqual(records, [
      [{ ...subject, productArn: 'one' }, 1],
      [{ ...subject, productArn: 'two' }, 5],
    ])
  })

  it('goes out when it is written down, and not when that fails', async () => {
    const { ctx } = parts()
    const journal = { ...ctx.journal, record: () => Promise.reject(new Error('the disk is full')) }
    await assert.rejects(async () => meterAnswer(target(['one']), 0, {}, { ...ctx, journal }), /the disk is full/)
  })

  it('whose header is not followed is told once a deployment', async () => {
    const { ctx, warnings, records } = parts()
    const [one, other] = [target(['one']), target(['one'])]
    for (const given of [one, one, other]) await meterAnswer(given, 0, { metering: 'no JSON' }, ctx)
    await meterAnswer(target(['one']), 0, {}, ctx)
    assert.deepEqual(
      warnings.map(({ ignored }) => ignored),
      ['it is no JSON object', 'it is no JSON object'],
    )
    assert.equal(records.length, 4)
  })
})

describe('an invocation', () => {
  const values = (status: number) => {
    const { ctx, metrics } = parts()
    reportInvocation(target([]), status, 7, 0.5, ctx)
    const [account, region, namespace, data] = metrics[0] ?? []
    assert.deepEqual([account, region, namespace, metrics.length], ['1', 'us-east-1', 'AWS/SageMaker', 1])
    for (const { dimensions } of data ?? []) assert.deepEqual(dimensions, { EndpointName: 'one', VariantName: 'all' })
    return Object.fromEntries((data ?? []).map(({ name, value, unit }) => [name, `${value} ${unit}`]))
  }

  it('is counted with its latencies in microseconds', () => {
    assert.deepEqual(values(200), {
      Invocations: '1 Count',
      InvocationsPerInstance: '0.5 Count',
      Invocation4XXErrors: '0 Count',
      Invocation5XXErrors: '0 Count',
      ModelLatency: '7000 Microseconds',
      OverheadLatency: '500 Microseconds',
    })
  })

  it('is an error of the one kind, of the other, or of none', () => {
    const errors = (status: number) => {
      const { Invocation4XXErrors, Invocation5XXErrors } = values(status)
      return [Invocation4XXErrors, Invocation5XXErrors].map(text => text?.split(' ')[0]).join('')
    }
    assert.deepEqual([199, 200, 299, 399, 400, 499, 500, 599].map(errors), [
      '01',
      '00',
      '00',
      '00',
      '10',
      '10',
      '01',
      '01',
    ])
  })

  it('of the same variant has the same dimensions, which are made once', () => {
    const { ctx, metrics } = parts()
    const given = target([])
    for (let time = 0; time < 2; time++) reportInvocation(given, 200, 1, 1, ctx)
    const [one, other] = metrics.map(([, , , data]) => data[0]?.dimensions)
    assert.equal(one, other)
  })
})

describe('an inference component', () => {
  const component = {
    route: { account: '1', region: 'us-east-1', arn: 'endpoint/1', name: 'one' },
    variant: { name: 'all', component: 'ic', instances: [{}, {}] },
  } as unknown as Target

  it('is measured by its own name and copies, and with its endpoint', () => {
    const { ctx, metrics } = parts()
    reportInvocation(component, 200, 5, 1, ctx)
    const told = metrics.map(([, , , data]) => [
      data[0]?.dimensions,
      data.filter(({ name }) => name.startsWith('Invocations')).map(({ name, value }) => [name, value]),
    ])
    assert.deepEqual(told, [
      [{ EndpointName: 'one', VariantName: 'all' }, [['Invocations', 1]]],
      [
        { InferenceComponentName: 'ic' },
        [
          ['Invocations', 1],
          ['InvocationsPerCopy', 0.5],
        ],
      ],
    ])
    const latencies = metrics.flatMap(([, , , data]) => data.filter(({ name }) => name === 'ModelLatency'))
    assert.deepEqual(
      latencies.map(({ value }) => value),
      [5000, 5000],
    )
  })

  it('without copies is counted for what scales it', () => {
    const { ctx, metrics } = parts()
    reportNoCapacity('ic', { ...ctx, account: '1', region: 'us-east-1' })
    const [[account, region, namespace, data] = []] = metrics
    assert.deepEqual([account, region, namespace], ['1', 'us-east-1', 'AWS/SageMaker'])
    assert.deepEqual(
      data?.map(({ name, value, dimensions }) => [name, value, dimensions]),
      [['NoCapacityInvocationFailures', 1, { InferenceComponentName: 'ic' }]],
    )
  })
})
