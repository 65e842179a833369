import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerState, Driver } from '../../driver/driver.ts'
import { clock } from '../../ground/clock.ts'
import type { TransformJobRow } from './transform-job-row.ts'
import { createAnswerTimes, measureTransform } from './transform-measure.ts'

const answer = (status: number) => async () => ({ status, body: new Uint8Array() })

test('answers are timed and counted, refusals are neither, and a job without answers tells none', async () => {
  const times = createAnswerTimes('text/csv')
  await times.answered(answer(500))
  assert.equal(times.result(), undefined)
  for (let count = 0; count < 20; count++) assert.equal((await times.answered(answer(200))).status, 200)
  await assert.rejects(
    times.answered(() => Promise.reject(new Error('gone'))),
    /gone/,
  )
  const told = times.result()
  assert.deepEqual([told?.contentType, told?.count], ['text/csv', 20])
  assert.ok(told && told.p50Ms <= told.p99Ms && told.perSecond > 0)
})

const job = {
  ...{ arn: 'job', attempt: 2 },
  request: { TransformInput: { ContentType: 'text/csv' }, TransformResources: { InstanceType: 'ml.m5.large' } },
} as unknown as TransformJobRow

const container = (host: string, attempt: number, startedAt: Date): ContainerState => ({
  ...{ key: { arn: 'job', attempt, host }, status: 'running', startedAt },
})

const driver = (peaks: Readonly<Record<string, number>>) => {
  const started = new Date(clock.now() - 3000)
  const states = [container('algo-1', 1, new Date(0)), container('algo-1', 2, started), container('algo-2', 2, started)]
  return {
    list: async () => states,
    peakMemory: async ({ host, attempt }) => (attempt === 2 ? peaks[host] : assert.fail('another attempt')),
  } as Pick<Driver, 'list' | 'peakMemory'> as Driver
}

test('start-up and memory are those of the attempt’s slowest and largest container', async () => {
  const { startUpSeconds = 0, ...told } = await (
    await measureTransform(job, driver({ 'algo-1': 5, 'algo-2': 7 }))
  ).result()
  assert.ok(startUpSeconds >= 3)
  assert.deepEqual(told, { instanceType: 'ml.m5.large', peakMemoryBytes: 7 })
})

test('what cannot be known is not told: memory elsewhere, the start-up of containers that another server has started', async () => {
  const taken = { ...job, transformStart: 1 }
  assert.deepEqual(await (await measureTransform(taken, driver({}))).result(), { instanceType: 'ml.m5.large' })
})
