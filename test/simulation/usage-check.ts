import { never } from '../../src/store/schema/market-columns.ts'
import type { World } from './world.ts'

/** Of what is over as it begins: it has begun a minute. */
const momentMs = 1

/** A buyer pays for the time between the first start and the last end of an attempt's containers, and for a moment at the least, as far as the clock stood still. */
export async function checkUsage(world: World): Promise<void> {
  const facts = await world.store.db.selectFrom('market_running').selectAll().execute()
  for (const { resource_arn: arn, started, stopped } of facts) {
    const live = [...world.engine.containers.values()].some(
      ({ spec, state }) => spec.key.arn === arn && state.status === 'running',
    )
    const name = arn.split('/')[1]
    if (stopped === never && !live) world.violations.push(`${name} is charged and has no container`)
    if (stopped <= started) world.violations.push(`${name} is charged for ${stopped - started} ms`)
  }
  if (world.options.clockSteps > 0) return
  for (const arn of new Set(facts.map(({ resource_arn }) => resource_arn))) {
    if (!/:(training|transform)-job\//.test(arn)) continue
    const charged = facts
      .filter(({ resource_arn, stopped }) => resource_arn === arn && stopped !== never)
      .map(({ started, stopped }) => stopped - started)
      .reduce((sum, ms) => sum + (ms === momentMs ? 0 : ms), 0)
    const ran = world.engine.lifetimeOf(arn)
    if (charged > ran) world.violations.push(`${arn.split('/')[1]} is charged for ${charged} ms and ran ${ran} ms`)
  }
}
