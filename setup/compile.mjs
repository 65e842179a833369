import { cpSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asProgram, must } from './command.mjs'
import { ensureConsole } from './console.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Compiles what a published package holds into `dist/`: Node strips no types from files in node_modules. */
await asProgram(import.meta.url, async () => {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  await must(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root })
  for (const folder of ['model', 'driver', 'iam'])
    for (const name of readdirSync(join(root, 'src', folder)).filter(name => name.endsWith('.json')))
      cpSync(join(root, 'src', folder, name), join(root, 'dist', folder, name))
  await ensureConsole()
  cpSync(join(root, 'console/dist'), join(root, 'dist/web'), { recursive: true })
})
