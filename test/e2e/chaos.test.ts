import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { chaosJob, ignoreMadeBefore, type kinds, prepare } from './chaos-jobs.ts'
import { type Chance, createChance } from './chaos-random.ts'
import { assertDataIsWhole, assertNothingRuns } from './chaos-remains.ts'
import { type Blow, openLedger, storm } from './chaos-storm.ts'
import { type Lived, untruth } from './chaos-truth.ts'
import { type ChaosWorld, openChaosWorld } from './chaos-world.ts'
import { presentEngines } from './engines.ts'
import { dockerDaemon } from './private-engine.ts'
import { until } from './until.ts'

// Again, or for longer: node test/e2e/chaos.test.ts --seed 7 --rounds 10
const { values } = parseArgs({
  options: { seed: { type: 'string' }, rounds: { type: 'string', default: '1' } },
  strict: false,
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
const rounds = Number(values.rounds)

const jobsOfARound: (keyof typeof kinds)[] = [
  ...(['single', 'retried', 'cluster', 'polite', 'transform', 'upper', 'tuning', 'certification'] as const),
  ...(['endpoint', 'fleeting', 'cluster', 'retried', 'transform', 'polite', 'flood'] as const),
]
const blowsOfARound: Blow[] = [
  ...(['crash', 'crash', 'crash', 'kill', 'kill', 'kill', 'remove', 'remove'] as const),
  ...(['restart', 'restart', 'fill', 'crashWhenFull'] as const),
]
const secondsOfARound = 300

const [machine] = (await presentEngines()).filter(({ engine }) => engine === 'docker')
const skip = machine && (await dockerDaemon()) ? false : 'there is no dockerd to start an engine of its own with'

describe('chaos', { skip, timeout: (60 + rounds * secondsOfARound) * 1000 }, () => {
  it(`ends every job truly, and leaves nothing behind: --seed ${seed} --rounds ${rounds}`, async context => {
    const tell = (text: string) => {
      const line = `${new Date().toISOString().slice(11, 23)} ${text}`
      context.diagnostic(line)
      if (values.seed) process.stderr.write(`${line}\n`)
    }
    tell(`seed ${seed}`)
    const world = await openChaosWorld(machine as NonNullable<typeof machine>)
    const ledger = openLedger()
    const over = new AbortController()
    try {
      await prepare(world.party)
      for (let round = 1; round <= rounds; round++) {
        // One each, for which of the two asks first is not the seed's to say.
        const [forBlows, forJobs] = [createChance(seed + 2 * round), createChance(seed + 2 * round + 1)]
        const blows = storm(world, ledger, forBlows, forBlows.shuffled(blowsOfARound), over.signal, tell)
        const [lived] = await Promise.all([live(world, over.signal, forJobs, round, tell), blows])
        // Until its files are removed, a flood leaves no room for anybody.
        for (const { job, from, to } of lived) if (job.kind === 'flood') ledger.full.push({ from, to: to + 10_000 })
        assert.deepEqual(
          lived.flatMap(one => untruth(one, ledger) ?? []),
          [],
        )
        await makeSure(lived)
        await deleteEndpoints(world, lived)
        await assertNothingRuns(world, ledger)
      }
      await world.server.stop()
      await assertDataIsWhole(world.server.data)
    } catch (error) {
      process.stderr.write(
        `chaos --seed ${seed} --rounds ${rounds}\nThe server complained:\n${await world.complaints()}\n`,
      )
      over.abort()
      // What could not be closed after that is no news.
      await world.close().catch(() => {})
      throw error
    }
    over.abort()
    await world.close()
  })
})

/** Begins a round's jobs one after another and waits until the last has ended. */
async function live(
  { party }: ChaosWorld,
  over: AbortSignal,
  chance: Chance,
  round: number,
  tell: (line: string) => void,
): Promise<Lived[]> {
  const living: Promise<Lived>[] = []
  for (const [index, kind] of chance.shuffled(jobsOfARound).entries()) {
    const job = chaosJob(party, kind, `${kind}-${round}-${String(index).padStart(2, '0')}`)
    const from = Date.now()
    const begun = () => job.begin().then(() => true, madeBefore)
    await until(`${job.name} is made`, begun, made => made, 120)
    const whole = async (): Promise<Lived> => {
      const ended = async () => {
        over.throwIfAborted()
        return job.end().catch(error => {
          if (!refusedForTheMoment(error)) throw error
        })
      }
      const end = await until(`${job.name} ends`, ended, found => found, secondsOfARound / 3)
      tell(`  ${job.name} ${end?.status} ${end?.reason ?? ''}`)
      return { job, from, to: Date.now(), end: end as Lived['end'] }
    }
    const life = whole()
    // Heard at the end, by Promise.all.
    life.catch(() => {})
    living.push(life)
    await sleep(chance.between(0, 1500))
  }
  return Promise.all(living)
}

/** False when the server was away, or could not write at the moment. */
function madeBefore(error: Error): boolean {
  if (refusedForTheMoment(error)) return false
  ignoreMadeBefore(error)
  return true
}

/** A server that is away, or that cannot write at the moment, knows the answer later. */
function refusedForTheMoment(error: Error & { $metadata?: { httpStatusCode?: number } }): boolean {
  const status = error.$metadata?.httpStatusCode
  return status === undefined || status >= 500
}

async function makeSure(lived: readonly Lived[]): Promise<void> {
  for (const { job, end } of lived) if (end.status !== 'Failed') await job.verify()
}

async function deleteEndpoints({ party }: ChaosWorld, lived: readonly Lived[]): Promise<void> {
  for (const { job } of lived.filter(({ job }) => job.kind === 'endpoint')) {
    await party.sagemaker.deleteEndpoint({ EndpointName: job.name })
    await until(
      `${job.name} is gone`,
      () => party.sagemaker.describeEndpoint({ EndpointName: job.name }).then(() => false, String),
      answer => /Could not find/.test(String(answer)),
      60,
    )
  }
}
