import { findEntity } from '../../src/marketplace/entity.ts'
import { isProduct } from '../../src/marketplace/product.ts'
import { entitiesOf } from './catalog-story.ts'
import type { World } from './world.ts'

const setsOf = ({ store }: World) => store.db.selectFrom('market_change_set').selectAll().execute()

/** Change sets that have not ended, copies that are not discarded, and letters that are on their way. */
export async function unpublished(world: World): Promise<string[]> {
  const { db } = world.store
  const notices = await db.selectFrom('market_notice').select('id').execute()
  const copies = await db.selectFrom('market_escrow').select('change_set').execute()
  const letters = await db.selectFrom('event_delivery').select('seq').where('target_id', '=', 'account').execute()
  const going = (await setsOf(world)).filter(({ ended }) => Number(ended) === 0)
  return [
    ...going.map(({ name, status }) => `the change set ${name} ${status}`),
    ...copies.map(({ change_set }) => `a copy for the change set ${change_set}`),
    ...notices.map(({ id }) => `the notice ${id}`),
    ...letters.map(({ seq }) => `letter ${seq}`),
  ]
}

/** A set was made once, whole or not at all; the escrow holds what is published; whoever subscribes is written to once for each version. */
export async function checkCatalog(world: World): Promise<void> {
  const { changeSets, violations } = world
  const sets = await setsOf(world)
  for (const { name, id } of changeSets)
    if (sets.filter(set => set.name === name).length !== 1 || !sets.some(set => set.id === id))
      violations.push(`the change set ${name} was acknowledged as ${id} and is not there once`)
  for (const set of sets) await checkSet(world, set)
  await checkEscrow(world)
  await checkLetters(world, sets)
}

async function checkSet(world: World, set: Awaited<ReturnType<typeof setsOf>>[number]): Promise<void> {
  const { violations, store, changeSets } = world
  const { name, status, id } = set
  const known = changeSets.find(one => one.id === id)
  const ended = `${status} ${set.failure_code}`.trim()
  const wanted = known?.failure ? `FAILED ${known.failure}` : 'SUCCEEDED'
  if (known && ended !== wanted) violations.push(`the change set ${name} is ${ended}, not ${wanted}`)
  const made = await entitiesOf(store.db, name)
  const whole = name.includes('v') ? 1 : 2
  if (made.length !== (status === 'SUCCEEDED' ? whole : 0) && whole === 2)
    violations.push(`the change set ${name} is ${status} and has made ${made.length} of two things`)
  const locked = await store.db.selectFrom('market_entity').select('id').where('locked_by', '=', id).execute()
  if (locked.length > 0) violations.push(`the change set ${name} has ended and holds what it locked`)
}

async function checkEscrow(world: World): Promise<void> {
  const { violations, store, copies } = world
  const rows = await store.db
    .selectFrom('market_entity')
    .select('id')
    .where('kind', '=', 'MachineLearningProduct')
    .execute()
  const published: string[] = []
  for (const { id } of rows) {
    const product = await store.transaction(tx => findEntity(tx, id))
    if (isProduct(product)) published.push(...product.document.versions.map(() => id))
  }
  const held = [...copies.values()].sort()
  if (held.join() !== published.sort().join())
    violations.push(`the escrow holds copies for ${held.join(', ')}; published are ${published.join(', ')}`)
}

/** Each version that was added after somebody had subscribed is one letter to them, that has gone out. */
async function checkLetters(world: World, sets: Awaited<ReturnType<typeof setsOf>>): Promise<void> {
  const { violations, store, letters } = world
  const orders = [...letters.orders.values()]
  for (const { name, status, started, ended } of sets.filter(({ name }) => name.includes('v'))) {
    if (status !== 'SUCCEEDED') continue
    const written = orders.filter(body => body.includes(`"${name}"`)).length
    const agreement = await store.db
      .selectFrom('market_agreement')
      .select('accepted')
      .where('id', '=', `agmt-${name.split('v')[0]}`)
      .executeTakeFirst()
    const accepted = Number(agreement?.accepted ?? Number.POSITIVE_INFINITY)
    const may = accepted <= Number(ended) || world.options.clockSteps > 0
    const must = accepted < Number(started) && world.options.clockSteps === 0
    if (written > (may ? 1 : 0)) violations.push(`${written} letters tell of version ${name}`)
    if (must && written === 0) violations.push(`nobody was written of version ${name}`)
    if (written > 0 && !letters.sent.some(text => text.includes(name)))
      violations.push(`the letter of ${name} was not sent`)
  }
}
