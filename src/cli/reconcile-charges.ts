import { reconcileCharges as reconcile } from '../marketplace/billing/reconciliation.ts'
import type { CommandContext } from './command-context.ts'
import { onInstallation } from './on-installation.ts'

/** `modelmart reconcile-charges`: counts every usage fact again; exits 1 and says where when a charge or an invoice does not follow from them. */
export const reconcileCharges = (context: CommandContext): Promise<void> =>
  onInstallation(context, async ({ store }) => {
    const found = await reconcile(store, Date.now())
    const { out } = context
    out.write(`${found.agreements} agreements, ${found.facts} usage facts\n`)
    for (const name of ['charged', 'invoiced', 'refunded', 'open'] as const) out.write(`${name}\t${found[name]} USD\n`)
    for (const difference of found.differences) out.write(`DIFFERENCE  ${difference}\n`)
    if (found.differences.length === 0) out.write('Every charge follows from the facts.\n')
    else process.exitCode = 1
  })
