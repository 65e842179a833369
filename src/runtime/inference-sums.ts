import type { InferenceCount, UsageSubject } from '../service/market.ts'

/** One entry for each resource, product and minute. */
export type InferenceSums = Map<string, { -readonly [Name in keyof InferenceCount]: InferenceCount[Name] }>

export function addInferences(sums: InferenceSums, subject: UsageSubject, units: bigint, time: number): void {
  const key = `${subject.resourceArn} ${subject.productArn} ${Math.floor(time / 60_000)}`
  const sum = sums.get(key)
  if (sum) sum.units += units
  else {
    const { account, region, productArn, resourceArn } = subject
    sums.set(key, { account, region, productArn, resourceArn, units, time })
  }
}
