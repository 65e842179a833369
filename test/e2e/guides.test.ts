import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { freePort } from '../../demo/free-port.ts'
import { guideLines } from './guide-lines.ts'
import { volumesBelow } from './private-engine.ts'

const root = new URL('../../', import.meta.url).pathname
const run = promisify(execFile)

/** Each guide that is a walk, what it must have printed at its end, and the files that it makes where it is run. */
const guides: readonly { path: string; prints: readonly RegExp[]; files: readonly string[] }[] = [
  {
    path: 'README.md',
    prints: [/validation-accuracy=0\.9/, /setosa/, /"amount": "0\.00\d+"/],
    files: ['server.log', 'row.csv', 'answer.csv', 'iris.png', '--data data'],
  },
  {
    path: 'docs/seller.md',
    prints: [
      /^flat-prices is certified\.$/m,
      /^flats-TrainingJob Completed/m,
      /^listed prod-/m,
      /^SUCCEEDED/m,
      /ml\.m5\.large\.a\.t.*,0\.9/,
      /^north of flats: 120\.00$/m,
      /^north of houses: 450\.00$/m,
    ],
    files: ['market.log', 'my-product', '--data market'],
  },
  {
    path: 'docs/buyer.md',
    prints: [
      ...[/^answered \['setosa', 'virginica'\]$/m, /^ +\d+ setosa$/m, /^answered later: 3 kinds$/m],
      /^compared from 20\d\d-/m,
      ...[/"amount": "0\.00\d+"/, /"CANCELLED"/],
    ],
    files: ['market.log', '--data market', 'my-answers'],
  },
  {
    path: 'docs/clients.md',
    prints: [
      ...[/^Login Succeeded$/m, /it began/, /^CreateUser\troot\tcolleague$/m],
      ...[/^hello \{'from': 'python'\} \['iris\/.*'note\.txt'\]$/m, /^access keys of a user: 2$/m],
    ],
    files: ['things.log', '--data things'],
  },
  {
    path: 'docs/ci.md',
    prints: [/^1\d$/m, /<failure message="[^"]*2 features after the label/],
    files: ['--data certify-data', 'reports/', '-p reports', 'broken-product'],
  },
]

/** Where a guide's own place lies in the test: `--data market` is `--data SCRATCH/market`. */
const placed = (place: string, scratch: string): string => {
  const cut = place.lastIndexOf(' ') + 1
  return `${place.slice(0, cut)}${scratch}/${place.slice(cut)}`
}

// The lines push with Docker's own command line.
const noDocker = spawnSync('docker', ['version']).status === 0 ? false : 'no Docker answers here'

for (const { path, prints, files } of guides)
  test(`the lines of ${path} work as they are written`, { skip: noDocker }, async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'modelmart-guide-'))
    // Debian's own AWS CLI and Python, not others that may come first.
    const env = { ...process.env, HOME: scratch, PATH: `${root}node_modules/.bin:/usr/bin:${process.env.PATH}` }
    const places = Object.fromEntries(files.map(file => [file, placed(file, scratch)]))
    const lines = await guideLines(path, { '--port 8600': `--port ${await freePort()}`, ...places })
    const end = `pkill -f -- '--data ${scratch}' || true; while pgrep -f -- '--data ${scratch}' > /dev/null; do sleep 0.1; done`
    // In a file, so that the end does not find the script itself.
    const file = join(scratch, 'lines.sh')
    await writeFile(file, `trap "${end}; wait" EXIT\n${lines}`)
    try {
      const { stdout } = await run('bash', [file], { cwd: root, env, maxBuffer: 10 * 1024 * 1024 })
      for (const print of prints) assert.ok(print.test(stdout), `${print} is not in:\n${stdout.slice(-3000)}`)
    } finally {
      // What a server that was ended has mounted there. A command that ran one of its own leaves nothing.
      if (/modelmart start|npm run demo/.test(lines))
        for (const mount of (await volumesBelow(scratch)).reverse()) await run('umount', [mount])
      await rm(scratch, { recursive: true, force: true })
    }
  })
