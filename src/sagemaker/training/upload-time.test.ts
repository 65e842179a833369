import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { it } from 'node:test'
import { systemClock, useClock } from '../../ground/clock.ts'
import type { Objects } from '../../service/objects.ts'
import type { Principal } from '../../service/principal.ts'
import { uploadOutput } from '../../workload/training-output.ts'
import type { TrainingJobRow } from './training-job-row.ts'
import { uploadMs, withinUploadTime } from './upload-time.ts'

const job = (ResourceConfig: object) => ({ request: { ResourceConfig } }) as unknown as TrainingJobRow
const hour = 3_600_000

for (const [what, config, ms] of [
  ['a gibibyte', { VolumeSizeInGB: 1, InstanceCount: 1 }, hour + 256_000],
  ['two hosts', { VolumeSizeInGB: 100, InstanceCount: 2 }, hour + 200 * 256_000],
  ['no bound', { InstanceCount: 1 }, 24 * hour],
  ['the largest volumes', { VolumeSizeInGB: 16_384, InstanceCount: 100 }, 7 * 24 * hour],
] as const)
  it(`has time for what volumes hold: ${what}`, () => assert.equal(uploadMs(job(config)), ms))

/** A clock whose timers end when the test says so. */
function timers() {
  const ends: (() => void)[] = []
  const using = useClock({
    ...systemClock,
    after(_, callback) {
      ends.push(callback)
      return { [Symbol.dispose]: () => void ends.splice(ends.indexOf(callback), 1) }
    },
  })
  return { ends, [Symbol.dispose]: () => using[Symbol.dispose]() }
}

it('ends what is never saved, in words, and what is under way with it', async t => {
  using clock = timers()
  const host = await mkdtemp(join(tmpdir(), 'modelmart-upload-'))
  t.after(() => rm(host, { recursive: true }))
  await mkdir(join(host, 'model'))
  await writeFile(join(host, 'model', 'weights'), 'w')
  for (const compressed of [true, false]) {
    let taken: Readable | undefined
    const reached = Promise.withResolvers<void>()
    const objects = {
      async put(_: Principal, __: string, ___: string, body: Readable) {
        taken = body
        reached.resolve()
        await once(body, 'close')
        throw new Error('the body has broken off')
      },
    } as unknown as Objects
    const saving = withinUploadTime(job({ VolumeSizeInGB: 1 }), signal =>
      uploadOutput(objects, {} as Principal, { uri: 's3://b/out', hosts: [host], compressed, signal }),
    )
    await reached.promise
    clock.ends.shift()?.()
    const message = 'What the containers left could not be saved within 64 minutes.'
    await assert.rejects(saving, { code: 'ClientError', message })
    assert.ok(taken?.destroyed)
  }
})

it('is over with what was saved', async () => {
  using clock = timers()
  assert.equal(await withinUploadTime(job({}), async () => 'saved'), 'saved')
  await assert.rejects(
    withinUploadTime(job({}), async () => {
      throw new Error('refused')
    }),
    /refused/,
  )
  assert.deepEqual(clock.ends, [])
})
