import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLeftOut } from './left-out.ts'
import { packArtifact } from './pack-artifact.ts'

/** What this process has open below a directory. */
async function openBelow(directory: string): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => ''))
  return (await Promise.all(links)).filter(path => path === directory || path.startsWith(`${directory}/`))
}

test('an archive that is read no more holds nothing open', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-pack-'))
  try {
    await mkdir(join(directory, 'deep/er'), { recursive: true })
    await writeFile(join(directory, 'deep/er/large'), randomBytes(8 << 20))
    const archive = packArtifact([directory], createLeftOut())
    for await (const _ of archive) break
    assert.ok(archive.destroyed)
    while ((await openBelow(directory)).length > 0) await new Promise(resolve => setImmediate(resolve))
  } finally {
    await rm(directory, { recursive: true })
  }
})
