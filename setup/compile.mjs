import { cpSync, globSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asProgram, must } from './command.mjs'
import { ensureConsole } from './console.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Compiles what a published package holds into `dist/`: Node strips no types from files in node_modules. */
await asProgram(import.meta.url, async () => {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  await must(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root })
  for (const file of globSync('src/{model,driver,iam}/*.json', { cwd: root }))
    cpSync(join(root, file), join(root, file.replace(/^src/, 'dist')))
  await ensureConsole()
  cpSync(join(root, 'console/dist'), join(root, 'dist/web'), { recursive: true })
})
