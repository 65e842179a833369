import type { World } from './world.ts'

/** What callers got is counted, once; what was answered and did not reach them may be; nothing waits, and nothing was set aside. */
export async function checkInferences(world: World): Promise<void> {
  const { store, violations, answers, answered, journals } = world
  const facts = await store.db.selectFrom('market_inference_fact').select(['resource_arn', 'units']).execute()
  const arns = new Set([
    ...facts.map(({ resource_arn }) => resource_arn),
    ...[...answers.values()].map(({ arn }) => arn),
  ])
  for (const arn of arns) {
    const counted = sum(facts.filter(({ resource_arn }) => resource_arn === arn).map(({ units }) => Number(units)))
    const given = [...answers].filter(([, answer]) => answer.arn === arn)
    const most = sum(given.map(([, { units }]) => units))
    const least = sum(given.filter(([ticket]) => answered.has(ticket)).map(([, { units }]) => units))
    if (counted < least || counted > most)
      violations.push(`${arn.split('/')[1]} is charged for ${counted} inferences; callers got ${least} of ${most}`)
  }
  for (const name of journals.aside) violations.push(`the journal ${name} was set aside`)
  for (const name of journals.names()) violations.push(`the journal ${name} is not counted`)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
