import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock, useClock } from '../ground/clock.ts'
import type { ModelApi } from '../workload/model-api.ts'
import { createTargetModels, LoadRefused, NoRoom, type TargetModelParts } from './target-models.ts'

/** A container that holds so many models, on a disk that does; what it was asked is written down. */
function container({ holds = 2, disk = 9, keeps = true, slow = false, refusesUnload = false } = {}) {
  const loaded = new Set<string>()
  const files = new Set<string>()
  const asked: string[] = []
  const never = new Promise<never>(() => {})
  const api: { -readonly [Call in keyof ModelApi]: ModelApi[Call] } = {
    async load(name) {
      if (slow) return never
      if (loaded.has(name)) return { status: 409, words: 'there' }
      if (loaded.size >= holds) return { status: 507, words: 'full' }
      if (name === 'broken') return { status: 500, words: 'broken' }
      if (name === 'silent') throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
      loaded.add(name)
      return { status: 200, words: '' }
    },
    unload: async name =>
      refusesUnload ? { status: 500, words: 'no' } : { status: loaded.delete(name) ? 200 : 404, words: '' },
  }
  const parts: TargetModelParts = {
    nameOf: target => target,
    keeps,
    report: metric => void asked.push(metric),
    api,
    async fetch(_target, name) {
      if (!files.has(name) && files.size >= disk) throw new NoRoom('the disk is full')
      files.add(name)
    },
    drop: async name => void files.delete(name),
  }
  return { loaded, files, asked, api, models: createTargetModels(parts) }
}

const use = async ({ models }: ReturnType<typeof container>, ...targets: string[]) => {
  for (const target of targets) (await models.use(target)).letGo()
}

describe('the models of an instance', () => {
  it('go in the order in which they were not used when the container is full', async () => {
    const one = container()
    await use(one, 'a', 'b', 'a', 'c')
    assert.deepEqual([...one.loaded], ['a', 'c'])
    assert.deepEqual([...one.files], ['a', 'c'])
    assert.equal(one.models.count, 2)
  })

  it('go as well when the disk is full', async () => {
    const one = container({ holds: 9, disk: 2 })
    await use(one, 'a', 'b', 'c')
    assert.deepEqual([...one.files], ['b', 'c'])
    assert.deepEqual([...one.loaded], ['b', 'c'])
  })

  it('do not go while somebody is being answered by them', async () => {
    const one = container({ holds: 1 })
    const { letGo } = await one.models.use('a')
    await assert.rejects(one.models.use('b'), { status: 507, message: 'full' })
    assert.ok(one.models.has('a') && !one.models.has('b'))
    letGo()
    await use(one, 'b')
    assert.deepEqual([...one.loaded], ['b'])
    const small = container({ disk: 0 })
    await assert.rejects(small.models.use('a'), { status: 507, message: 'the disk is full' })
  })

  it('are loaded once for all who ask, and waited for by whoever came while they were being loaded', async () => {
    const one = container()
    const [first, second] = await Promise.all([one.models.use('a'), one.models.use('a')])
    assert.ok(first.waitedMs !== undefined && second.waitedMs !== undefined)
    assert.equal((await one.models.use('a')).waitedMs, undefined)
    assert.deepEqual(one.asked, ['ModelDownloadingTime', 'ModelLoadingTime'])
  })

  it('are unloaded after their last use where none is kept', async () => {
    const one = container({ keeps: false })
    const [first, second] = await Promise.all([one.models.use('a'), one.models.use('a')])
    first.letGo()
    assert.ok(one.loaded.has('a'))
    second.letGo()
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual([...one.loaded, ...one.files], [])
  })

  it('that a container refuses are asked for anew, and leave nothing behind', async () => {
    const one = container()
    for (const [target, status] of [
      ['broken', 500],
      ['silent', 0],
    ] as const)
      await assert.rejects(
        one.models.use(target),
        (error: Error) => error instanceof LoadRefused && error.status === status,
      )
    assert.ok(!one.models.has('broken'))
    assert.deepEqual([...one.files], [])
  })

  it('that do not come for one that is not unloaded leave nothing behind', async () => {
    const one = container({ holds: 1, refusesUnload: true })
    await use(one, 'a')
    await assert.rejects(one.models.use('b'), { status: 500, message: 'no' })
    assert.deepEqual([...one.files], [])
  })

  it('of ten thousand names, whoever made them up, are as many as the container holds, those that were asked for last', async () => {
    const holds = 3000
    const one = container({ holds, disk: 10_000 })
    const names = Array.from({ length: 10_000 }, (_, index) => `../../${index}`)
    await use(one, ...names)
    assert.deepEqual([...one.loaded], names.slice(-holds))
    assert.deepEqual([...one.files], names.slice(-holds))
  })

  it('all go for one for which a container is full whatever was unloaded, which is refused then', async () => {
    const one = container({ holds: 0 })
    const full = container({ holds: 500 })
    await use(full, ...Array.from({ length: 500 }, (_, index) => `${index}`))
    full.api.load = async () => ({ status: 507, words: 'never' })
    for (const models of [one.models, full.models]) await assert.rejects(models.use('more'), { status: 507 })
    assert.deepEqual([full.models.count, full.loaded.size, full.files.size, one.files.size], [0, 0, 0, 0])
  })

  it('that the container says it has forgotten, however often, fill no disk', async () => {
    const one = container({ disk: 2 })
    for (const target of ['a', 'b', 'c', 'd', 'a']) {
      await use(one, target)
      one.loaded.clear()
      one.models.forget(target)
    }
    assert.deepEqual([...one.files].toSorted(), ['a', 'd'])
    assert.equal(one.models.count, 0)
  })

  it('that the container has forgotten are loaded again', async () => {
    const one = container()
    await use(one, 'a')
    one.loaded.clear()
    one.models.forget('a')
    await use(one, 'a')
    assert.deepEqual([...one.loaded], ['a'])
  })

  it('are not ready within a minute: who asks is told to come again', async () => {
    using _ = useClock({
      ...systemClock,
      after(ms, callback) {
        assert.equal(ms, 60_000)
        setImmediate(callback)
        return { [Symbol.dispose]() {} }
      },
    })
    const one = container({ slow: true })
    await assert.rejects(one.models.use('a'), { code: 'ModelNotReadyException', status: 429 })
    assert.ok(one.models.has('a'), 'loading goes on')
  })
})
