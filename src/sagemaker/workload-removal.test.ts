import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContainerKey, ContainerState, Driver } from '../driver/driver.ts'
import { type Clock, useClock } from '../ground/clock.ts'
import type { Platform } from '../service/context.ts'
import type { LogPumps } from '../workload/log-pump.ts'
import { endOfContainers, removeWorkload } from './workload-removal.ts'

const now = 1_000_000
const stopped = { now: () => now } as Clock
const key = (host: number): ContainerKey => ({ arn: 'arn', attempt: 1, host: `algo-${host}` })
const ended = (host: number, at: number): ContainerState => ({
  ...{ key: key(host), status: 'exited', exitCode: 0, finishedAt: new Date(at) },
})
const running = (host: number): ContainerState => ({ key: key(host), status: 'running' })
const endOf = (...containers: ContainerState[]): number => endOfContainers(containers).getTime()

describe('the end of containers', () => {
  it('is when the last of them has ended, however long ago', () => {
    using _ = useClock(stopped)
    assert.equal(endOf(ended(1, 400), ended(2, 900), ended(3, 600)), 900)
  })

  it('is now while one runs, and where the engine does not tell', () => {
    using _ = useClock(stopped)
    assert.equal(endOf(ended(1, 400), running(2)), now)
    assert.equal(endOf({ key: key(1), status: 'exited', exitCode: 0 }, ended(2, 400)), now)
  })

  it('is now where there is none', () => {
    using _ = useClock(stopped)
    assert.equal(endOf(), now)
  })
})

/** Removes a workload of these containers and tells in which order what was done. */
async function remove(containers: readonly ContainerState[]) {
  const done: string[] = []
  const note = (what: string) => async () => void done.push(what)
  const driver = {
    list: async () => containers,
    stop: (of: ContainerKey, grace: number) => note(`stop ${of.host} ${grace}`)(),
    remove: note('remove containers'),
  } as unknown as Driver
  const workspace = { remove: note('remove files') }
  const iam = { endWorkloadSessions: note('end sessions') }
  const pumps = {
    follow: (of, { stream }) => void done.push(`follow ${of.host} into ${stream}`),
    drained: of => note(`drained ${of.host}`)(),
  } as LogPumps
  const streamOf = ({ host }: ContainerKey) => ({ account: 'a', region: 'r', group: 'g', stream: `of ${host}` })
  const onEnd = (at: Date) => note(`ended at ${at.getTime()}`)()
  const again = await removeWorkload({ driver, workspace, iam } as unknown as Platform, pumps, 'arn', streamOf, onEnd)
  return { done, again }
}

describe('what is left of a workload', () => {
  it('is asked to end first, and its time is not over while one of its containers runs', async () => {
    const { done, again } = await remove([ended(1, 400), running(2)])
    assert.deepEqual(done, ['stop algo-2 30'])
    assert.deepEqual(again, { after: 2000 })
  })

  it('has its time end with its containers, before its lines are waited for, and goes when they are kept', async () => {
    const { done, again } = await remove([ended(1, 400), ended(2, 900)])
    assert.deepEqual(done, [
      'ended at 900',
      ...['follow algo-1 into of algo-1', 'drained algo-1', 'follow algo-2 into of algo-2', 'drained algo-2'],
      ...['remove containers', 'end sessions', 'remove files'],
    ])
    assert.equal(again, undefined)
  })

  it('waits for no line of a container that has never started', async () => {
    using _ = useClock(stopped)
    const { done } = await remove([{ key: key(1), status: 'created' }])
    assert.deepEqual(done, [`ended at ${now}`, 'remove containers', 'end sessions', 'remove files'])
  })
})
