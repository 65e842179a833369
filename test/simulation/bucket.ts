import type { Store } from '../../src/store/store.ts'
import type { SeededRandom } from './seeded-random.ts'
import { worker } from './stubs.ts'

export const bucket = 'store'
/** What lies below it expires after a day. */
export const passing = 'passing/'

/** A bucket with a rule, and whether it keeps versions. */
export async function makeBucket({ db }: Store, random: SeededRandom, now: number): Promise<void> {
  const expires = { Status: 'Enabled' as const, Filter: { Prefix: passing } }
  const lifecycle = [
    { ...expires, ID: 'passing', Expiration: { Days: 1 }, NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
    {
      ...{ Status: 'Enabled' as const, Filter: { Prefix: '' }, ID: 'parts' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    },
  ]
  await db
    .insertInto('s3_bucket')
    .values({
      ...{ name: bucket, account: worker.account, region: 'us-east-1', created: now },
      versioning: random.pick(['', 'Enabled']),
      configuration: JSON.stringify({ lifecycle }),
    })
    .execute()
}
