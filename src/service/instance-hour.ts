/** What an instance does for a product. */
export type InstanceUse = 'training' | 'batch' | 'realtime'

const suffixes: Readonly<Record<InstanceUse, string>> = { training: 'a.t', batch: 'm.i.b', realtime: 'm.i.r' }

/** The dimension by which an instance is priced: `ml.m5.large.a.t`, `ml.m5.large.m.i.b`, `ml.m5.large.m.i.r`. */
export const instanceHour = (instanceType: string, use: InstanceUse): string => `${instanceType}.${suffixes[use]}`
