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
  'src/marketplace/billing/statement.ts: const from = (pricing.trial?.ends ?? 0) > month ? agreement.covers_from : Math.max(agreement.covers_from, month): > → >=':
    'a trial that ends as the month begins frees nothing in it, and what was before it is left out of the answer',
  'src/marketplace/billing/statement.ts: const from = (pricing.trial?.ends ?? 0) > month ? agreement.covers_from : Math.max(agreement.covers_from, month): 0 → (0 + 1)':
    'every month begins later than either',
  'src/marketplace/billing/statement.ts: if (from >= to) return []: >= → >': 'a bill of no time has no lines',
  'src/marketplace/billing/invoice.ts: .limit(1): 1 → (1 + 1)': 'only the first row is taken',
  'src/marketplace/billing/installment.ts: return Schedule.toSorted((one, other) => (one.ChargeDate < other.ChargeDate ? -1 : 1)).map(: < → <=':
    'no schedule has one date twice',
  'src/marketplace/billing/installment.ts: return Schedule.toSorted((one, other) => (one.ChargeDate < other.ChargeDate ? -1 : 1)).map(: 1 → (1 + 1)':
    'only the sign of a comparison counts',
  'src/marketplace/billing/invoice.ts: one[0] - other[0] || one[1] - other[1] || (one[2] < other[2] ? -1 : Number(one[2] > other[2])): < → <=':
    'no two invoices have one number',
  'src/marketplace/billing/invoice.ts: one[0] - other[0] || one[1] - other[1] || (one[2] < other[2] ? -1 : Number(one[2] > other[2])): 1 → (1 + 1)':
    'only the sign of a comparison counts',
  'src/runtime/metering-journal.ts: log.error({ file, reasons: reasons.slice(0, 20), count: reasons.length }, told): 20 → (20 + 1)':
    'how many reasons a line of the log quotes is taste',
  'src/store/file-blobs.ts: const others = (publishing.get(digest) ?? 1) - 1: 1 → (1 + 1)':
    'who publishes is counted already: what stands for nothing is never taken',
  'src/runtime/metering-journal.ts: let number = 0: 0 → (0 + 1)': 'the numbers of files need only grow',
  'src/runtime/metering-journal.ts: batch && sums.size > 0: > → >=': 'to count nothing is nothing',
  'src/runtime/metering-journal.ts: const timer = clock.every(foldMs, () => void (isCounting() && (open || pending.size > 0 || !looked) && tryFold())): > → >=':
    'to carry over nothing is nothing',
  'src/runtime/metering-journal.ts: if (name !== open?.name && !pending.has(name)) pending.set(name, () => readCounts(files.read(name))): && → ||':
    'a file of this process comes to the same, read or remembered',
  "src/marketplace/billing/charge.ts: return (text.split('.')[1]?.length ?? 0) < 2 ? amount.toFixed(2) : text: < → <=":
    'two decimals are written the same way either way',
  "src/marketplace/billing/charge.ts: return (text.split('.')[1]?.length ?? 0) < 2 ? amount.toFixed(2) : text: 2 → (2 + 1)":
    'two decimals are written the same way either way',
  "src/marketplace/billing/charge.ts: return (text.split('.')[1]?.length ?? 0) < 2 ? amount.toFixed(2) : text: 0 → (0 + 1)":
    'none and one are both less than two',
  'src/marketplace/catalog/publication.ts: if (row.ended > 0) throw new Error(`change set ${set.id} has ended meanwhile`): 0 → (0 + 1)':
    'no change set ended in the first millisecond of 1970',
  'src/marketplace/billing/month-sum.ts: for (let month = monthStart(monthOf(started)); month < stopped; month = monthAfter(month)) {: < → <=':
    'a run that stops as a month begins has no minute in it, and a sum of nothing is none',
  'src/store/file-blobs.ts: await fanOut.sync(digest): await fanOut.sync(digest) → ;': powerCut,
  'src/store/file-blobs.ts: for (const changed of [root, directory, dirname(directory)]) await syncDirectory(changed): await syncDirectory(changed) → ;':
    powerCut,
  'src/store/file-blobs.ts: await handle.sync(): await handle.sync() → ;': powerCut,
  'src/store/file-blobs.ts: for await (const block of readBlob(pathOf(digest), digest)) freeChunk(block): freeChunk(block) → ;':
    'memory is given back at once instead of by the collector',
  'src/runtime/journal-directory.ts: await syncDirectory(dirname(path)): await syncDirectory(dirname(path)) → ;':
    powerCut,
  'src/runtime/journal-directory.ts: await syncDirectory(path): await syncDirectory(path) → ;': powerCut,
  'src/runtime/journal-directory.ts: await directory.sync(): await directory.sync() → ;': powerCut,
}
