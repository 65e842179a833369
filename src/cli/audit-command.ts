import { auditKey } from '../audit/chain.ts'
import { openLineFiles } from '../audit/line-files.ts'
import { verifyAudit } from '../audit/verify-chain.ts'
import type { CommandContext } from './command-context.ts'
import { onInstallation } from './on-installation.ts'

/** `modelmart audit verify [--head N:HASH]`: exit code 1 when an event was changed, taken out or cut off. */
export const auditVerify = (head: string | undefined, context: CommandContext): Promise<void> =>
  onInstallation(context, async ({ store, rootSecret, directory }) => {
    const found = await verifyAudit(store, auditKey(rootSecret), openLineFiles(directory.audit), head)
    for (const problem of found.problems) context.err.write(`modelmart: ${problem}\n`)
    context.out.write(`${found.events} events\nhead ${found.head}\n`)
    if (found.problems.length > 0) process.exitCode = 1
    else context.out.write('The security log is whole.\n')
  })
