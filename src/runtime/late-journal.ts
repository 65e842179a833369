import type { MeteringJournal } from './metering-journal.ts'

/** A journal that is opened later than it is told of, by the one process that may write in its directory: nothing is metered before. */
export function createLateJournal(
  openJournal: () => Promise<MeteringJournal>,
): MeteringJournal & { open(): Promise<void> } {
  let journal: MeteringJournal | undefined
  const opened = (): MeteringJournal => {
    if (!journal) throw new Error('This server does not work yet: another one meters')
    return journal
  }
  return {
    async open() {
      journal ??= await openJournal()
    },
    record: (subject, units) => opened().record(subject, units),
    fold: async () => opened().fold(),
    setAside: () => journal?.setAside() ?? 0,
    close: async () => journal?.close(),
  }
}
