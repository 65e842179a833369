import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { freePort } from '../../demo/free-port.ts'

const root = new URL('../../', import.meta.url).pathname
const run = promisify(execFile)

/** Every `sh` block of the README, in order, as one script; only port, places and `npm ci` differ from what a newcomer pastes. */
async function readmeScript(port: number, scratch: string): Promise<string> {
  const text = await readFile(join(root, 'README.md'), 'utf8')
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(match => match[1] as string)
  assert.ok(blocks.length >= 7, 'the README has lost its lines for sellers and buyers')
  const script = blocks
    .join('\n')
    .replace('npm ci\n', '')
    .replaceAll('--port 8600', `--port ${port}`)
    .replaceAll('--data data', `--data ${scratch}/data`)
    .replaceAll(/\b(server\.log|row\.csv|answer\.csv)\b/g, `${scratch}/$1`)
  return `set -e\n${script}\n`
}

// The lines push with Docker's own command line.
const skip = spawnSync('docker', ['version']).status === 0 ? false : 'no Docker answers here'

test('the lines of the README work as they are written', { skip }, async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'modelmart-readme-'))
  // Debian's own AWS CLI, not another that may come first.
  const env = { ...process.env, HOME: scratch, PATH: `${root}node_modules/.bin:/usr/bin:${process.env.PATH}` }
  const end = `pkill -f -- '--data ${scratch}/data'`
  const script = `trap "${end}; wait" EXIT\n${await readmeScript(await freePort(), scratch)}`
  // In a file, so that the end does not find the script itself.
  const file = join(scratch, 'lines.sh')
  await writeFile(file, script)
  try {
    const { stdout } = await run('bash', [file], { cwd: root, env, maxBuffer: 10 * 1024 * 1024 })
    assert.match(stdout, /validation-accuracy=0\.9/, 'the log of the training job')
    assert.match(stdout, /setosa/, 'the answer of the endpoint')
    assert.match(stdout, /"amount": "0\.00\d+"/, 'a charge')
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
})
