import { reconcileCharges } from '../../src/marketplace/billing/reconciliation.ts'
import type { World } from './world.ts'

/** After the month's end: every charge follows from the facts, and all that is charged is invoiced. */
export async function checkInvoices({ store, clock, violations }: World): Promise<void> {
  const found = await reconcileCharges(store, clock.now())
  violations.push(...found.differences)
  if (Math.abs(Number(found.open)) > 0.01 * found.agreements)
    violations.push(`${found.charged} USD are charged and ${found.invoiced} invoiced when the month is over`)
}
