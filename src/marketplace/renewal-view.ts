import type { RenewalTerm } from './term.ts'

/** What the Agreement and the Discovery API tell alike of a renewal; the members of its increase each has in words of its own. */
export const renewalView = ({ LockoutPeriod, MaxRenewals, AdjustmentDeadline }: RenewalTerm) => ({
  ...(LockoutPeriod && { lockoutPeriod: LockoutPeriod }),
  ...(MaxRenewals !== undefined && { maxRenewals: MaxRenewals }),
  ...(AdjustmentDeadline && { adjustmentDeadline: AdjustmentDeadline }),
})
