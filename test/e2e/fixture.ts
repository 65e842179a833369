import type { PresentEngine } from './engines.ts'
import { makeParty, type Party } from './party.ts'
import { type Example, openWorld, type World } from './world.ts'

/** A server with two accounts that know nothing of each other. */
export interface Fixture extends World {
  readonly seller: Party
  readonly buyer: Party
}

export async function openFixture(engine: PresentEngine, example: Example): Promise<Fixture> {
  const world = await openWorld(engine, example)
  try {
    const party = (name: string) => makeParty(world.server, engine, name, world.image)
    const [seller, buyer] = await Promise.all([party('seller'), party('buyer')])
    return { ...world, seller, buyer }
  } catch (error) {
    await world.close()
    throw error
  }
}
