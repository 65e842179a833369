import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asProgram, must, say } from './command.mjs'
import { installDependencies } from './install.mjs'
import { runProgram } from './run.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const built = 'console/dist/index.html'
const folders = ['console/src', 'console/build', 'src/console']
const files = ['index.html', 'package.json', 'tsconfig.json', 'vite.config.ts'].map(name => `console/${name}`)

const changed = file => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0
const below = folder => readdirSync(join(root, folder), { recursive: true }).map(name => join(folder, name))
const newest = () => Math.max(...[...folders.flatMap(below), ...files, 'package-lock.json'].map(changed))

/** Builds the console where it was never built; also where its sources are newer, unless `once`. */
export const ensureConsole = async ({ once = false } = {}) => {
  const wanted = once ? 1 : newest()
  if (changed(built) >= wanted) return
  say('building the console')
  const started = Date.now()
  const node = join(root, 'node_modules/.bin/node')
  await must(node, [join(root, 'node_modules/vite/bin/vite.js'), 'build'], { cwd: join(root, 'console') })
  say(`console built in ${Math.round((Date.now() - started) / 1000)} s`)
}

// `node setup/console.mjs build` and `… dev`, which serves it with hot reload before a server of MODELMART_URL.
await asProgram(import.meta.url, async () => {
  await installDependencies()
  if (process.argv[2] === 'build') await ensureConsole()
  else
    process.exitCode = await runProgram([
      'node_modules/vite/bin/vite.js',
      'console',
      '--config',
      'console/vite.config.ts',
    ])
})
