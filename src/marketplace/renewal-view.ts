import type { RenewalTerm } from './term.ts'

/** What the Agreement and the Discovery API tell alike of a renewal; the members of its increase each has in words of its own. */
export const renewalView = ({ LockoutPeriod, MaxRenewals, AdjustmentDeadline, TermTemplates = [] }: RenewalTerm) => ({
  ...(LockoutPeriod && { lockoutPeriod: LockoutPeriod }),
  ...(MaxRenewals !== undefined && { maxRenewals: MaxRenewals }),
  ...(AdjustmentDeadline && { adjustmentDeadline: AdjustmentDeadline }),
  ...(TermTemplates.length > 0 && {
    termTemplates: TermTemplates.map(({ Schedule }) => ({
      paymentScheduleTermTemplate: {
        schedule: Schedule.map(({ ChargeDateOffset, ChargePercentage, DayOfMonth }) => ({
          ...{ chargeDateOffset: ChargeDateOffset, chargePercentage: ChargePercentage },
          ...(DayOfMonth !== undefined && { dayOfMonth: DayOfMonth }),
        })),
      },
    })),
  }),
})
