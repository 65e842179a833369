import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { CLOSED_CALLS, callProgram, callResults } from './kernel-calls.ts'

const GETPID = { x64: 39, arm64: 172 }
const CLOSE = { x64: 3, arm64: 57 }
const LSEEK = { x64: 8, arm64: 62 }

it('makes kernel calls and tells their results in order', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-calls-'))
  const path = join(directory, 'calls')
  const calls = [
    { what: 'no such descriptor', number: CLOSE, arguments: [-1] },
    { what: 'its own number', number: GETPID, arguments: [] },
    { what: 'no such descriptor to seek', number: LSEEK, arguments: [77, 1, 2] },
  ]
  try {
    await writeFile(path, callProgram(calls), { mode: 0o755 })
    const [closed, pid = 0, sought] = callResults(execFileSync(path), calls.length)
    assert.deepEqual([closed, sought], [-9, -9])
    assert.ok(pid > 1)
    await writeFile(path, callProgram(CLOSED_CALLS), { mode: 0o755 })
    // Outside of a container, where nothing is closed, some of them get through: the probe would see it.
    assert.ok(
      callResults(execFileSync(path), CLOSED_CALLS.length).some(result => ![-1, -13, -38, -97].includes(result)),
    )
  } finally {
    await rm(directory, { recursive: true })
  }
})
