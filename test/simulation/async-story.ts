import { invokeEndpointAsync } from '../../src/runtime/invoke-endpoint-async.ts'
import type { Ask } from './ask.ts'
import type { World } from './world.ts'

/** Where asynchronous endpoints of the simulation write. */
export const asyncConfig = {
  OutputConfig: { S3OutputPath: 's3://b/later/out', S3FailurePath: 's3://b/later/failed' },
  ClientConfig: { MaxConcurrentInvocationsPerInstance: 2 },
}

/** Some requests that are answered later, one after another, until one is not accepted; the last may soon be too old. */
export function askLater(world: World, burst: number, name: string, ask: Ask): void {
  const random = world.random.of(`later ${burst}`)
  const count = random.between(1, 5)
  const RequestTTLSeconds = random.pick([60, 21_600, 21_600])
  ask('ask later', 'endpoint', name, async (ctx, { runtime }) => {
    for (let number = 0; number < count; number++) {
      const { OutputLocation = '', FailureLocation = '' } = await invokeEndpointAsync(
        { EndpointName: name, Body: Buffer.from('a'), RequestTTLSeconds },
        { ...ctx, ...runtime },
      )
      world.accepted.push({ endpoint: name, output: OutputLocation, failure: FailureLocation })
    }
  })
}
