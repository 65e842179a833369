import assert from 'node:assert/strict'
import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureExample } from '../../setup/images.mjs'
import { presentEngines } from './engines.ts'
import { trainingEnd } from './jobs.ts'
import { makeParty, type Party } from './party.ts'
import { programRequest, result } from './training-program.ts'
import { removeServerOf } from './world.ts'

// A machine that cannot make volumes: its mkfs.ext4 refuses.
const [engine] = await presentEngines()
const data = await mkdtemp(join(tmpdir(), 'modelmart-e2e-'))
let server: Awaited<ReturnType<typeof startServer>>
let seller: Party

before(async () => {
  const image = (await ensureExample(engine, 'contract-probe')) as string
  const refusing = join(data, 'mkfs.ext4')
  await writeFile(refusing, '#!/bin/sh\necho "not on this machine" >&2\nexit 1\n')
  await chmod(refusing, 0o755)
  server = await startServer({
    ...{ data, engineSocket: `unix://${engine?.socket}` },
    env: { PATH: `${data}:${process.env.PATH}` },
  })
  seller = await makeParty(server, engine as NonNullable<typeof engine>, 'seller', image)
})
after(async () => {
  await server?.stop()
  await removeServerOf(engine as NonNullable<typeof engine>, data)
})

it('a job runs in a plain directory, and is told once that its size does not hold', { timeout: 120_000 }, async () => {
  await seller.sagemaker.createTrainingJob(programRequest(seller, 'unbounded', `save(os.statvfs(ML).f_blocks>0)`))
  const job = await trainingEnd(seller, 'unbounded')
  assert.equal(await result(seller, job), true)
  const told = job.SecondaryStatusTransitions?.filter(({ StatusMessage }) => StatusMessage?.includes('not enforced'))
  assert.equal(told?.length, 1)
  assert.match(told?.[0]?.StatusMessage ?? '', /VolumeSizeInGB is not enforced on this machine: not on this machine\./)
})
