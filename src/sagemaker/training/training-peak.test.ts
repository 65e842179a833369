import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerKey } from '../../driver/driver.ts'
import { createPeakWatch } from './training-peak.ts'

const arn = 'arn:aws:sagemaker:us-east-1:111122223333:training-job/validated'
const key = (host: string): ContainerKey => ({ arn, host, attempt: 1 })

/** A driver that tells these peaks of each host one after the other, and then that it runs no more. */
function driver(peaks: Readonly<Record<string, readonly number[]>>) {
  const asked: string[] = []
  const peakMemory = async ({ host }: ContainerKey) => {
    asked.push(host)
    return peaks[host]?.[asked.filter(one => one === host).length - 1]
  }
  return { asked, peakMemory }
}

test('the most that any host held, as long as they ran', async () => {
  const engine = driver({ 'algo-1': [5, 7], 'algo-2': [9] })
  const peaks = createPeakWatch(engine)
  peaks.watch(arn, [key('algo-1'), key('algo-2')])
  // A job is looked at whenever something happens to it.
  peaks.watch(arn, [key('algo-1'), key('algo-2')])
  while (engine.asked.length < 5) await sleep(20)
  assert.equal(peaks.end(arn), 9)
  assert.deepEqual(engine.asked.toSorted(), ['algo-1', 'algo-1', 'algo-1', 'algo-2', 'algo-2'])
  assert.equal(peaks.end(arn), undefined, 'and is forgotten')
})

test('nothing where it cannot be told', async () => {
  const peaks = createPeakWatch({ peakMemory: async () => Promise.reject(new Error('the engine is away')) })
  peaks.watch(arn, [key('algo-1')])
  await sleep(0)
  assert.equal(peaks.end(arn), undefined)
})

test('a job that has ended is looked at no more', async () => {
  const engine = driver({ 'algo-1': [5, 6, 7] })
  const peaks = createPeakWatch(engine)
  peaks.watch(arn, [key('algo-1')])
  await sleep(0)
  assert.equal(peaks.end(arn), 5)
  await sleep(250)
  assert.ok(engine.asked.length <= 2, `${engine.asked}`)
})
