import type { Driver } from '../../src/driver/driver.ts'
import { clock } from '../../src/ground/clock.ts'
import { addInferences } from '../../src/marketplace/billing/month-sum.ts'
import { type Deployment, endpoints } from '../../src/sagemaker/serving/endpoint.ts'
import { tuningTrials } from '../../src/sagemaker/tuning/tuning-trial.ts'
import type { Platform } from '../../src/service/context.ts'
import { claimNote } from '../../src/store/commit-note.ts'
import type { Store, Transaction } from '../../src/store/store.ts'
import { account, region } from './place.ts'
import type { SeededRandom } from './seeded-random.ts'

/** Ways to break a promise of ours once in a while, to see that the checkers notice. */
export const sabotages = [
  'lost line',
  'lost wish',
  'orphan',
  'overcharge',
  'false end',
  'second run',
  'lost trial',
  'false certificate',
  'lost inference',
  'inference twice',
  'wrong bill',
  'lost lease',
  'lost content',
  'left content',
  'lost answer',
  'answer twice',
  'lost event',
  'untold change',
  'lost message',
  'forgotten state',
  'untold scaling',
  'blind guard',
  'repeated time',
  'lost findings',
  'false token',
  'lost part',
  'half a set',
  'lost letter',
  'endless set',
] as const
export type Sabotage = (typeof sabotages)[number]

/** So often the promise is broken where it could be. */
const rate = 0.2

/** A platform that breaks one promise. */
export function sabotaged(platform: Platform, kind: Sabotage, random: SeededRandom): Platform {
  const { store, driver, logs, market, scanner, blobs, objects } = platform
  const now = () => random.chance(rate)
  /** Now and then, unless it is said when, something more is done in a transaction. */
  const afterwards = (more: (tx: Transaction) => Promise<unknown>, isNow = now): Store => ({
    ...store,
    transaction: work =>
      store.transaction(async tx => {
        const result = await work(tx)
        if (isNow()) await more(tx)
        return result
      }),
  })
  const changed: Record<Sabotage, Partial<Platform>> = {
    'lost line': {
      logs: {
        ...logs,
        append: (stream, events, cursor) => logs.append(stream, now() ? events.slice(1) : events, cursor),
      },
    },
    'lost wish': {
      store: {
        ...store,
        transaction: work => store.transaction(tx => work(now() ? { ...tx, enqueue: async () => {} } : tx)),
      },
    },
    orphan: {
      driver: { ...driver, remove: async (arn, attempt) => (now() ? undefined : driver.remove(arn, attempt)) },
    },
    overcharge: {
      market: {
        ...market,
        usageStopped: async (tx, arn, at) => (now() ? undefined : market.usageStopped(tx, arn, at)),
      },
    },
    'false end': { driver: endsWell(driver, now) },
    'second run': { driver: forgets(driver, now) },
    'lost lease': {
      store: {
        ...store,
        transaction: work =>
          store.transaction(async tx => {
            if (random.chance(rate / 20)) await tx.db.updateTable('work').set({ lease: '' }).execute()
            return work(tx)
          }),
      },
    },
    'lost content': {
      blobs: {
        ...blobs,
        async put(body, expect) {
          const put = await blobs.put(body, expect)
          if (now()) await blobs.remove(put.digest)
          return put
        },
      },
    },
    'left content': { blobs: { ...blobs, remove: async () => false } },
    'lost trial': {
      store: {
        ...store,
        transaction: work =>
          store.transaction(async tx => {
            const result = await work(tx)
            const [last] = now() ? await tuningTrials.list(tx, newest) : []
            if (last) await tuningTrials.remove(tx, last.arn)
            return result
          }),
      },
    },
    'false certificate': {
      scanner: {
        ...scanner,
        scan: async digest => {
          const { blocked, ...report } = await scanner.scan(digest)
          return { ...report, ...(blocked && !now() && { blocked }) }
        },
      },
    },
    'lost inference': {
      market: {
        ...market,
        inferencesCounted: (tx, batch, counts) => market.inferencesCounted(tx, batch, now() ? counts.slice(1) : counts),
      },
    },
    'inference twice': {
      market: {
        ...market,
        async inferencesCounted(tx, batch, counts) {
          if (now()) await market.inferencesCounted(tx, { ...batch, journal: `${batch.journal} again` }, counts)
          return market.inferencesCounted(tx, batch, counts)
        },
      },
    },
    'lost event': { store: afterwards(tx => tx.db.deleteFrom('event').execute()) },
    'untold change': {
      store: {
        ...store,
        async transaction(work) {
          const note = now() ? claimNote() : undefined
          if (note) note.state = 'written'
          return store.transaction(work)
        },
      },
    },
    'lost message': { store: afterwards(tx => tx.db.deleteFrom('sns_message').execute()) },
    'forgotten state': {
      store: afterwards(tx => tx.db.deleteFrom('metric_alarm_history').where('type', '=', 'StateUpdate').execute()),
    },
    'untold scaling': { store: afterwards(tx => tx.db.deleteFrom('scaling_activity').execute()) },
    'repeated time': { store: afterwards(tx => tx.db.updateTable('event_rule').set({ scheduled: 0 }).execute()) },
    'lost findings': { store: afterwards(tx => tx.db.deleteFrom('ecr_image_scan_findings').execute()) },
    'lost part': { store: afterwards(tx => tx.db.deleteFrom('s3_part').execute()) },
    'half a set': {
      store: afterwards(tx => tx.db.deleteFrom('market_entity').where('kind', '=', 'Offer').execute()),
    },
    'lost letter': { store: afterwards(tx => tx.db.deleteFrom('market_notice').execute()) },
    'endless set': { store: afterwards(tx => tx.db.updateTable('market_change_set').set({ tries: 0 }).execute()) },
    'false token': {
      store: afterwards(tx => tx.db.updateTable('event_connection').set({ sealed_token: null }).execute()),
    },
    'blind guard': { store: afterwards(withoutAlarms, () => true) },
    'lost answer': {
      objects: {
        ...objects,
        put: (as, bucket, ...given) => objects.put(as, now() ? `${bucket}-elsewhere` : bucket, ...given),
      },
    },
    'answer twice': {
      objects: {
        ...objects,
        put: (as, bucket, key, body, { within: _, ...options } = {}) => objects.put(as, bucket, key, body, options),
      },
    },
    'wrong bill': {
      market: {
        ...market,
        async usageStopped(tx, arn, at) {
          await market.usageStopped(tx, arn, at)
          if (now()) await addInferences(tx.db, account, 'prod-1', clock.now(), 1n)
        },
      },
    },
  }
  return { ...platform, ...changed[kind] }
}

const newest = { account, region, sortBy: 'name', descending: true, limit: 1 } as const

async function withoutAlarms(tx: Transaction): Promise<void> {
  const unguarded = (one: Deployment) => ({ ...one, ...(one.guard && { guard: { ...one.guard, alarms: [] } }) })
  for (const { arn, target } of await endpoints.list(tx, { ...newest, limit: 10 }))
    if (target?.guard?.alarms.length) await endpoints.update(tx, arn, { target: unguarded(target) })
}

const endsWell = (driver: Driver, now: () => boolean): Driver => ({
  ...driver,
  list: async arn =>
    (await driver.list(arn)).map(state => (state.status === 'exited' && now() ? { ...state, exitCode: 0 } : state)),
})

const forgets = (driver: Driver, now: () => boolean): Driver => ({
  ...driver,
  async start(spec) {
    if (now()) await driver.remove(spec.key.arn, spec.key.attempt)
    return driver.start(spec)
  },
})
