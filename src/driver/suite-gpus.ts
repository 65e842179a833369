import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ContainerSpec } from './driver.ts'
import { exited, type SuiteContext, until } from './suite-workload.ts'

/** What a container sees of the machine's GPUs, then it goes on until it is ended. */
const looks = `
  const seen = fs.readdirSync('/dev').filter(name => /^nvidia\\d+$/.test(name)).sort()
  console.log('sees', seen.join(), process.env.NVIDIA_VISIBLE_DEVICES ?? '', process.env.NVIDIA_DRIVER_CAPABILITIES ?? '')
  setInterval(() => {}, 1000)`

/** Two GPUs of 16 GiB are there. */
export const gpusSuite = (context: () => SuiteContext): void => {
  const given = async (gpus: number, more: Partial<ContainerSpec> = {}): Promise<ContainerSpec> => {
    const spec = await context().script(looks)
    return { ...spec, limits: { ...spec.limits, gpus }, ...more }
  }
  const seen = async ({ key }: ContainerSpec): Promise<string> => {
    for await (const { text } of context().driver.logs(key, undefined, AbortSignal.timeout(60_000)))
      if (text.startsWith('sees')) return text.slice(5).trim()
    return assert.fail('it has ended')
  }

  it('tells how many there are and how large the smallest is', async () => {
    const { gpus, gpuMemoryBytes, gpuProblem } = await context().driver.info()
    assert.deepEqual([gpus, gpuMemoryBytes, gpuProblem], [2, 16 * 1024 ** 3, undefined])
  })

  it('gives each instance GPUs of its own and its containers the same, and nobody else any', async () => {
    const { driver, open, installation } = context()
    const [first, second, none] = [await given(1), await given(1), await given(0)]
    const mate = await given(1, { key: { ...first.key, host: 'algo-1-container-2' }, instance: 'algo-1' })
    await Promise.all([first, none].map(spec => driver.start(spec)))
    await driver.start(mate)
    assert.equal(await seen(first), 'nvidia0 0 compute,utility')
    assert.equal(await seen(mate), 'nvidia0 0 compute,utility')
    assert.equal(await seen(none), '')
    // A server that is started anew knows whose they are.
    const again = await open(installation)
    try {
      await again.start(second)
      assert.equal(await seen(second), 'nvidia1 1 compute,utility')
      const late = await given(1)
      await assert.rejects(again.start(late), /1 GPUs are needed, and others have them/)
      await driver.stop(second.key, 0)
      await exited(driver, second.key)
      await again.start(late)
      assert.equal(await seen(late), 'nvidia1 1 compute,utility')
      await again.remove(late.key.arn)
    } finally {
      await again.close()
    }
    for (const { key } of [first, second, none]) await driver.remove(key.arn)
  })

  it('gives many that start at the same moment no GPU twice', async () => {
    const { driver } = context()
    const all = await Promise.all(Array.from({ length: 4 }, () => given(1)))
    const started = await Promise.allSettled(all.map(spec => driver.start(spec)))
    const [running, refused] = [0, 1].map(() => [] as ContainerSpec[]) as [ContainerSpec[], ContainerSpec[]]
    for (const [index, { status }] of started.entries())
      (status === 'fulfilled' ? running : refused).push(all[index] as ContainerSpec)
    assert.deepEqual([running.length, refused.length], [2, 2])
    assert.deepEqual((await Promise.all(running.map(seen))).sort(), [
      'nvidia0 0 compute,utility',
      'nvidia1 1 compute,utility',
    ])
    for (const { key } of running) await driver.remove(key.arn)
    const both = await given(2)
    await until('both are free', () => driver.start(both).catch(() => undefined))
    assert.equal(await seen(both), 'nvidia0,nvidia1 0,1 compute,utility')
    await driver.remove(both.key.arn)
  })

  it('refuses more than the machine has, with the reason', async () => {
    const state = await context().driver.start(await given(3))
    assert.equal(state.engineError, '3 GPUs are needed, and the container engine offers 2.')
  })
}
