/** No test here takes the power away. */
const powerCut = 'only a power cut would show it'

/** Changes that no test here can tell from the code as it is: `file: line: what`, and why. */
export const equivalent: Readonly<Record<string, string>> = {
  'src/marketplace/billing/trial-units.ts: const least = (one: bigint, other: bigint): bigint => (one < other ? one : other): < → <=':
    'the lesser of two that are the same is either',
  'src/marketplace/billing/bill.ts: announced: -1,: 1 → (1 + 1)': 'any time before all announcements',
  'src/runtime/endpoint-target.ts: const routeWaitMs = 10_000: 10_000 → (10_000 + 1)':
    'nobody sees a millisecond of a wait',
  'src/marketplace/billing/usage.ts: .limit(1): 1 → (1 + 1)': 'only the first row is taken',
  'src/marketplace/billing/statement.ts: .limit(1): 1 → (1 + 1)': 'only the first row is taken',
  'src/marketplace/billing/invoice.ts: .limit(1): 1 → (1 + 1)': 'only the first row is taken',
  'src/marketplace/billing/installment.ts: return Schedule.toSorted((one, other) => (one.ChargeDate < other.ChargeDate ? -1 : 1)).map(: < → <=':
    'no schedule has one date twice',
  'src/marketplace/billing/installment.ts: return Schedule.toSorted((one, other) => (one.ChargeDate < other.ChargeDate ? -1 : 1)).map(: 1 → (1 + 1)':
    'only the sign of a comparison counts',
  'src/marketplace/billing/invoice.ts: one[0] - other[0] || one[1] - other[1] || (one[2] < other[2] ? -1 : Number(one[2] > other[2])): < → <=':
    'no two invoices have one number',
  'src/marketplace/billing/invoice.ts: one[0] - other[0] || one[1] - other[1] || (one[2] < other[2] ? -1 : Number(one[2] > other[2])): 1 → (1 + 1)':
    'only the sign of a comparison counts',
  'src/runtime/metering-journal.ts: log.error({ file: join(directory, aside, name), reasons: reasons.slice(0, 20), count: reasons.length }, told): 20 → (20 + 1)':
    'how many reasons a line of the log quotes is taste',
  'src/runtime/journal-directory.ts: await syncDirectory(dirname(path)): await syncDirectory(dirname(path)) → ;':
    powerCut,
  'src/runtime/journal-directory.ts: await syncDirectory(path): await syncDirectory(path) → ;': powerCut,
  'src/runtime/journal-directory.ts: await directory.sync(): await directory.sync() → ;': powerCut,
}
