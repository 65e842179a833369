import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { dataDirectory } from '../store/data-directory.ts'
import { writeProfiles } from './profiles.ts'

const profiles = [{ name: 'owner', accessKeyId: 'AKIA', secretAccessKey: 'secret' }]
const urls = { url: 'http://localhost:8600', invokeUrl: 'http://localhost:8601' }

describe('the profiles of a data directory', () => {
  let data: string
  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'modelmart-profiles-'))
    await mkdir(join(data, 'aws'))
  })
  after(() => rm(data, { recursive: true }))

  it('take away what a process has left that was killed while it wrote them, and nothing else', async () => {
    const { pid: dead } = spawnSync('true')
    const names = [`credentials.${dead}.new`, `credentials.${process.ppid}.new`, 'credentials.old', 'mine']
    for (const name of names) await writeFile(join(data, 'aws', name), 'secret')
    writeProfiles(dataDirectory(data), profiles, urls)
    assert.deepEqual((await readdir(join(data, 'aws'))).sort(), ['config', 'credentials', ...names.slice(1)].sort())
    assert.match(await readFile(dataDirectory(data).awsCredentials, 'utf8'), /^\[owner\]\naws_access_key_id = AKIA$/m)
  })

  it('leave nothing half when they cannot be written', async () => {
    const { awsCredentials } = dataDirectory(data)
    await rm(awsCredentials, { force: true })
    await mkdir(awsCredentials)
    assert.throws(() => writeProfiles(dataDirectory(data), profiles, urls), { code: 'EISDIR' })
    assert.ok(!(await readdir(join(data, 'aws'))).includes(`credentials.${process.pid}.new`))
  })
})
