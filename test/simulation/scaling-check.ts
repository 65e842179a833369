import type { World } from './world.ts'

/** What is being scaled, and what a schedule has not done yet. */
export async function unscaled({ store, clock }: World): Promise<string[]> {
  const going = await store.db.selectFrom('scaling_activity').select('id').where('ended', 'is', null).execute()
  const due = await store.db.selectFrom('scheduled_action').select('next').where('next', '<=', clock.now()).execute()
  return [...going.map(({ id }) => `scaling activity ${id}`), ...due.map(({ next }) => `scheduled action of ${next}`)]
}

/** What the rules did is told, once; one change at a time; and no rule has counted beyond its bounds. */
export async function checkScaling({ store, violations, options }: World): Promise<void> {
  const [target] = await store.db.selectFrom('scalable_target').selectAll().execute()
  if (!target) return
  const activities = await store.db
    .selectFrom('scaling_activity')
    .selectAll()
    .where('not_scaled', '=', 0)
    .orderBy('sequence')
    .execute()
  const documents = activities.map(({ document }) => JSON.parse(document))
  const scheduled = documents.filter(({ cause }) => /^scheduled action/.test(cause)).length
  const actions = await store.db.selectFrom('scheduled_action').select('next').execute()
  const done = actions.filter(({ next }) => next === null).length
  if (scheduled < done) violations.push(`${done} scheduled actions are done, ${scheduled} are told`)
  if (target.most === 2 && scheduled === 0) violations.push('the bounds were changed by nobody')
  for (const { change } of documents)
    if (change && (change.to > 3 || change.to < 1)) violations.push(`scaled to ${change.to} beyond the bounds`)
  const changes = activities.filter(({ document }) => JSON.parse(document).change)
  for (const [index, { started }] of changes.entries()) {
    const before = changes[index - 1]
    if (options.clockSteps === 0 && before && Number(before.ended) > Number(started))
      violations.push('two changes of instances went on at once')
  }
}
