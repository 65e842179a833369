import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { engineCommand } from '../../setup/engine.mjs'
import { type PresentEngine, presentEngines } from './engines.ts'
import { train } from './jobs.ts'
import { makeParty, type Party } from './party.ts'
import { openWorld, type World } from './world.ts'

const run = promisify(execFile)
const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
/** The account of AWS's own images in this region, and one of its repositories. */
const aws = '683313688378'
const xgboost = 'sagemaker-xgboost:1.7-1'
const uri = `${aws}.dkr.ecr.us-east-1.amazonaws.com/${xgboost}`
const lacks = spawnSync('skopeo', ['--version']).status === 0 ? false : 'there is no skopeo'

// Files and the registry are the same on every engine.
const [engine] = (await presentEngines()) as [PresentEngine]

describe('images from files', { skip: lacks, timeout: 300_000 }, () => {
  let world: World
  let buyer: Party
  let place = ''
  before(async () => {
    world = await openWorld(engine, 'contract-probe')
    buyer = await makeParty(world.server, engine, 'buyer', world.image)
    place = await mkdtemp(join(tmpdir(), 'modelmart-archive-'))
    const [command, words] = engineCommand(engine, ['save', '--output', join(place, 'probe.tar'), world.image])
    await run(command, words)
  })
  after(async () => {
    await rm(place, { recursive: true, force: true })
    await world?.close()
  })

  const modelmart = (...line: string[]) => {
    const env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}`, MODELMART_DATA: world.server.data }
    return run(process.execPath, [program, ...line], { env }).then(
      ({ stdout }) => ({ code: 0, out: stdout, err: '' }),
      ({ code, stdout, stderr }) => ({ code, out: stdout as string, err: stderr as string }),
    )
  }
  const job = (name: string, TrainingImage: string) =>
    train(buyer, name, {}, { AlgorithmSpecification: { TrainingImage, TrainingInputMode: 'File' } })

  it('stand under AWS’s own number and name, for who is let pull them', async () => {
    assert.equal((await modelmart('account', 'create', 'aws-images', '--id', aws)).code, 0)
    const archive = join(place, 'probe.tar')
    const told = await modelmart('images', 'import', archive, xgboost, '--account', 'aws-images')
    assert.equal(told.code, 0, told.err)
    assert.ok(told.out.includes(uri), told.out)
    await assert.rejects(job('not-yet', uri), /AccessDenied|not authorized|denied/i)
    assert.equal((await modelmart('images', 'import', archive, xgboost, '--account', 'aws-images', '--share')).code, 0)
    const done = await job('by-its-name', uri)
    assert.equal(done.TrainingJobStatus, 'Completed', done.FailureReason)
  })

  it('are taken as an OCI layout, in a folder and in an archive', async () => {
    const layout = join(place, 'layout')
    const packed = join(place, 'oci.tar')
    await run('skopeo', ['copy', `docker-archive:${join(place, 'probe.tar')}`, `oci:${layout}`])
    await run('skopeo', ['copy', `docker-archive:${join(place, 'probe.tar')}`, `oci-archive:${packed}`])
    for (const [at, archive] of [layout, packed].entries()) {
      const told = await modelmart('images', 'import', archive, `probe:${at}`, '--account', 'buyer')
      assert.equal(told.code, 0, told.err)
      const done = await job(`layout-${at}`, told.out.split('\n')[0] as string)
      assert.equal(done.TrainingJobStatus, 'Completed', done.FailureReason)
    }
  })

  it('are refused where there is none', async () => {
    const rubbish = join(place, 'rubbish.tar')
    await writeFile(rubbish, 'no archive')
    const wrong = await modelmart('images', 'import', rubbish, 'probe:1', '--account', 'buyer')
    assert.deepEqual([wrong.code, /is no image that can be read/.test(wrong.err)], [1, true], wrong.err)
    const none = await modelmart('images', 'import', join(place, 'nothing'), 'probe:1', '--account', 'buyer')
    assert.deepEqual([none.code, /There is no .*nothing/.test(none.err)], [1, true], none.err)
    const name = await modelmart('images', 'import', join(place, 'probe.tar'), 'Probe', '--account', 'buyer')
    assert.deepEqual([name.code, /"Probe" is no repository and tag/.test(name.err)], [1, true], name.err)
  })

  it('leave nothing behind', () => world.leavesNothing())
})
