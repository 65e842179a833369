import type { Asked } from './ask.ts'
import type { World } from './world.ts'

/** Every request that was accepted has its answer or its failure, written once, unless its endpoint was deleted; none waits. */
export async function checkAccepted(world: World, asked: readonly Asked[]): Promise<void> {
  const { accepted, objects, writes, violations, store } = world
  const gone = new Set(asked.flatMap(({ what, arn }) => (what === 'delete' ? [arn.split('/')[1]] : [])))
  const written = (uri: string) => objects.has(uri.slice('s3://'.length))
  for (const { endpoint, output, failure } of accepted)
    if (!gone.has(endpoint) && !written(output) && !written(failure))
      violations.push(`${endpoint} accepted a request and wrote nothing to ${output}`)
  for (const { endpoint, output, failure } of accepted) {
    const times = [output, failure].map(uri => writes.get(uri.slice('s3://'.length)) ?? 0)
    if (times.reduce((sum, each) => sum + each) > 1)
      violations.push(`${endpoint} wrote ${output} ${times[0]} times and ${failure} ${times[1]} times`)
  }
  for (const { endpoint } of await store.db.selectFrom('async_invocation').select('endpoint').execute())
    violations.push(`a request to ${endpoint} waits for ever`)
}
