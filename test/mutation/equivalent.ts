/** Changes that nobody can tell from the code as it is: `file: line: what`, and why. */
export const equivalent: Readonly<Record<string, string>> = {
  'src/marketplace/billing/billing.ts: const least = (one: bigint, other: bigint): bigint => (one < other ? one : other): < → <=':
    'the lesser of two that are the same is either',
  'src/marketplace/billing/billing.ts: announced: -1,: 1 → (1 + 1)': 'any time before all announcements',
}
