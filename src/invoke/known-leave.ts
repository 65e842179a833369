import { type Caller, requireLeave } from '../iam/leave.ts'
import type { Access } from '../service/access.ts'
import type { Surroundings } from '../service/iam.ts'

/** Who has leave for what. */
export interface KnownLeave {
  /** As `requireLeave`; what was found without a look at anything but the action and the resource is not looked for again. */
  require(caller: Caller, access: Access, now: Date, surroundings: () => Surroundings): void
}

/** Of one caller, so many are remembered. */
const most = 1000

/** What is known of a caller is asked anew after every change of identities, and each time it is another object: its leave goes with it. */
export function createKnownLeave(): KnownLeave {
  const byCaller = new WeakMap<Caller, Set<string>>()
  return {
    require(caller, access, now, surroundings) {
      const name = `${access.action} ${access.resource}`
      const isPlain = !access.conditions && access.owner === undefined && access.resourcePolicy === undefined
      const names = byCaller.get(caller) ?? new Set<string>()
      if (isPlain && names.has(name)) return
      const { credential, identity } = caller
      const { principal } = credential
      const isSteady = requireLeave({ principal, access, now, identity, surroundings: surroundings() })
      if (!isPlain || !isSteady || names.size >= most) return
      byCaller.set(caller, names.add(name))
    },
  }
}
