import { asProgram } from './command.mjs'
import { ensureConsole } from './console.mjs'
import { installDependencies } from './install.mjs'
import { runProgram } from './run.mjs'

// `npm start [-- OPTIONS]`: a server from a fresh clone on, with its console.
await asProgram(import.meta.url, async () => {
  await installDependencies()
  await ensureConsole({ once: true })
  process.exitCode = await runProgram(['src/main.ts', 'start', ...process.argv.slice(2)])
})
