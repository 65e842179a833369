import { writeFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { constants, setPriority } from 'node:os'
import { serveInvocations } from './serve-invocations.ts'

// Now: one that is killed would leave it to the next to compile all of it again.
flushCompileCache()

// Searches, scans and jobs wait for processors rather than who invokes. Only root and its like may go before others.
try {
  setPriority(constants.priority.PRIORITY_ABOVE_NORMAL)
} catch {}

// Where memory ends, a worker goes before its server (proc(5)): its connections fail over, and what it metered is kept. Other systems have no such file.
try {
  writeFileSync('/proc/self/oom_score_adj', '500')
} catch {}

// Who started it may be gone: nobody reads what a worker would print, and nothing that is still open keeps it.
const directory = process.argv[2] as string
await serveInvocations(directory, () => process.exit(0))
