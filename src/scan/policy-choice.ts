import type { Store } from '../store/store.ts'
import { current, type ScanPolicy, scanPolicies } from './scan-policy.ts'

const setting = 'scan-policy'

/** The policy that the operator chose, else `current`. */
export async function chosenPolicy(db: Store['db']): Promise<ScanPolicy> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', setting).executeTakeFirst()
  return (row && scanPolicies[row.value]) ?? current
}

/** Chooses a policy for every scan from now on. Throws for a name that there is not. */
export async function choosePolicy(db: Store['db'], name: string): Promise<void> {
  if (!Object.hasOwn(scanPolicies, name))
    throw new Error(`there is no scan policy '${name}'; there are ${Object.keys(scanPolicies).join(', ')}`)
  await db
    .insertInto('setting')
    .values({ name: setting, value: name })
    .onConflict(conflict => conflict.column('name').doUpdateSet({ value: name }))
    .execute()
}
