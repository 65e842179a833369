/** What pages say of inputs that are compared with those of certification. */
export const inputWatchTexts = {
  title: 'Inputs compared with certification',
  why: 'Whole days (UTC) of what data capture keeps of a product’s inputs are compared with the data that it was certified on. You see each column; its seller, of five buyers or more, only how far inputs differ.',
  compare: 'Compare inputs',
  compareOf: (variant: string) => `Compare inputs of ${variant}`,
  stop: 'Stop comparing',
  stopOf: (variant: string) => `Stop comparing inputs of ${variant}`,
  stopWhy: 'What was compared is forgotten, and what the seller was not told yet is taken back.',
  off: 'Not compared.',
  from: (time: Date) => `The next day that is compared begins at ${time.toISOString().slice(0, 10)}, midnight UTC.`,
  starts: (variant: string) => ({
    doing: `Beginning to compare inputs of ${variant}`,
    done: `Inputs of ${variant} are compared.`,
    failed: 'Inputs are not compared',
  }),
  stops: (variant: string) => ({
    doing: `Ending the comparison of ${variant}`,
    done: `Inputs of ${variant} are compared no more.`,
    failed: 'The comparison goes on',
  }),
  daysOf: (variant: string) => `Compared days of ${variant}`,
  none: 'No day has been compared yet.',
  day: 'Day (UTC)',
  dayOf: (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10),
  status: 'Status',
  columns: 'Columns that differ',
  alike: 'None',
} as const
