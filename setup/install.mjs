import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asProgram, must, say } from './command.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Runs `npm ci` when node_modules is missing or older than package-lock.json. Returns whether it ran. */
export const installDependencies = async () => {
  const wanted = changed(join(root, 'package-lock.json'))
  if (!wanted) throw new Error(`package-lock.json is missing in ${root}: this is not a complete clone. Clone again.`)
  // npm writes this file at the end of a complete installation, so that one cut short is done again.
  if (changed(join(root, 'node_modules/.package-lock.json')) >= wanted) return false
  say('installing dependencies (npm ci)')
  const started = Date.now()
  // Under `npm run` the very npm that runs this; other package managers set the variable too.
  const cli = process.env.npm_execpath
  const npm = cli?.endsWith('npm-cli.js') ? [process.execPath, cli] : ['npm']
  await must(npm[0], [...npm.slice(1), 'ci', '--no-audit', '--no-fund'], {
    cwd: root,
    remedy: 'Check that this machine reaches its npm registry (`npm ping`) and has space, and run this again.',
  })
  say(`dependencies installed in ${Math.round((Date.now() - started) / 1000)} s`)
  return true
}

const changed = path => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

await asProgram(import.meta.url, async () => {
  await installDependencies()
})
