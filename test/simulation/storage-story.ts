import { deleteVersion } from '../../src/s3/delete-object.ts'
import { doing } from '../../src/s3/object-event.ts'
import type { Ask } from './ask.ts'
import { bucket, passing } from './bucket.ts'
import { worker } from './stubs.ts'
import type { World } from './world.ts'

/** More than what is kept in its row. */
const size = 65 * 1024
const keys = [`${passing}a`, `${passing}b`, 'kept/a', 'kept/b']
/** Few contents, so that objects share them. */
export const contents = [1, 2, 3].map(byte => Buffer.alloc(size, byte))

/** A put of some content, or a deletion. */
export function keep(world: World, number: number, ask: Ask): void {
  const random = world.random.of(`object ${number}`)
  const key = random.pick(keys)
  const content = random.pick(contents)
  if (random.chance(0.3))
    ask('drop', 'object', key, ({ store, now }) =>
      store.transaction(tx =>
        deleteVersion(tx, { bucket, key }, now().getTime(), doing('DeleteObject', { principal: worker })),
      ),
    )
  else ask('keep', 'object', key, (_, { s3 }) => s3.put(worker, bucket, key, content))
}
