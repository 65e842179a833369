import { enableCompileCache } from 'node:module'

// Types are stripped and code is compiled once, not by every worker.
enableCompileCache()
const { serveInvocations } = await import('./serve-invocations.ts')

// Who started it may be gone: nobody reads what a worker would print, and nothing that is still open keeps it.
const directory = process.argv[2] as string
await serveInvocations(directory, () => process.exit(0))
