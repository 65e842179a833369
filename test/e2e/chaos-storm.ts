import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { S3 } from '@aws-sdk/client-s3'
import { region } from '../../demo/clients.ts'
import type { Chance } from './chaos-random.ts'
import type { ChaosWorld, Strike } from './chaos-world.ts'
import { until } from './until.ts'

interface Span {
  readonly from: number
  readonly to: number
}

/** All that was done to the world, in milliseconds of the test's clock. */
export interface Ledger {
  readonly strikes: { readonly how: Strike; readonly arn: string; readonly host: string; readonly at: number }[]
  readonly restarts: Span[]
  readonly full: Span[]
  readonly crashes: number[]
  /** The bridge of every network of seller code that was seen. */
  readonly networks: Set<string>
}

export const openLedger = (): Ledger => ({ strikes: [], restarts: [], full: [], crashes: [], networks: new Set() })

export type Blow = keyof typeof blows

type Fall = (world: ChaosWorld, ledger: Ledger, chance: Chance) => Promise<string>

const strike =
  (how: Strike): Fall =>
  async (world, ledger, chance) => {
    const patience = Date.now() + 4000
    while (Date.now() < patience) {
      const running = (await world.containers()).filter(
        ({ State, Labels }) => State === 'running' && Labels['modelmart.arn']?.startsWith('arn:'),
      )
      const target = chance.pick(running)
      const { 'modelmart.arn': arn = '', 'modelmart.host': host = '' } = target?.Labels ?? {}
      const at = Date.now()
      if (target && (await world.strike(how, target.Id))) {
        ledger.strikes.push({ how, arn, host, at })
        return `${arn.split(':').at(-1)} ${host}`
      }
      await sleep(50)
    }
    return 'nothing runs'
  }

const crash: Fall = async ({ server }, ledger) => {
  ledger.crashes.push(Date.now())
  await server.crash()
  return `ready again after ${Math.round(server.readyMs)} ms`
}

const restart: Fall = async ({ engine }, ledger) => {
  const from = Date.now()
  await engine.restart()
  ledger.restarts.push({ from, to: Date.now() })
  return `away for ${Date.now() - from} ms`
}

/** Nothing can be written for a while, and everybody who tries is told why; what is there can be read. */
const fill: Fall = async (world, ledger, chance) => {
  const from = Date.now()
  await world.disk.fill()
  try {
    await assertFullDiskIsTold(world)
    await sleep(chance.between(500, 1500))
    await world.disk.fill()
  } finally {
    await world.disk.free()
    ledger.full.push({ from, to: Date.now() })
  }
  return `full for ${Date.now() - from} ms`
}

/** A start on a full disk may do its work or end with a reason, and the next on a disk with room is well. */
const crashWhenFull: Fall = async ({ server, disk, complaints }, ledger) => {
  const from = Date.now()
  ledger.crashes.push(from)
  let outcome = 'started all the same'
  try {
    await disk.fill()
    await server.crash()
  } catch {
    outcome = 'refused to start'
  } finally {
    await disk.free()
    ledger.full.push({ from, to: Date.now() })
  }
  if (outcome === 'refused to start')
    assert.match(await complaints(), /modelmart: The disk of .* is full/, 'a start on a full disk is not told why')
  await server.crash()
  return outcome
}

const blows = { crash, kill: strike('kill'), remove: strike('remove'), restart, fill, crashWhenFull }

/** Lets the blows fall one after another. */
export async function storm(
  world: ChaosWorld,
  ledger: Ledger,
  chance: Chance,
  plan: readonly Blow[],
  over: AbortSignal,
  tell: (line: string) => void,
): Promise<void> {
  for (const blow of plan) {
    await sleep(chance.between(200, 1800), undefined, { signal: over })
    for (const network of await world.networks()) ledger.networks.add(network)
    tell(`${blow}: ${await blows[blow](world, ledger, chance)}`)
  }
}

async function assertFullDiskIsTold({ server, party, disk }: ChaosWorld): Promise<void> {
  // Once, for the wait between tries grows beyond what the disk stays full for.
  const s3 = new S3({
    endpoint: server.url,
    region,
    credentials: party.credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  })
  // What began before it has looked may still find room in what it gives up.
  await until(
    'the server knows that its disk is full',
    async () => {
      // A job that ends meanwhile gives back what it had.
      await disk.fill()
      return (await fetch(`${server.url}/healthz`)).text()
    },
    health => /"disk":"The disk is full/.test(health),
    60,
  )
  const Body = Buffer.alloc(4 << 20, 'x')
  const refusal = await s3.putObject({ Bucket: party.bucket, Key: 'too-much', Body }).then(
    () => assert.fail('4 MiB were written to a full disk'),
    (error: Error) => error,
  )
  assert.match(`${refusal.name}: ${refusal.message}`, /disk|space/i, 'the writer is not told why')
  const { Body: read } = await s3.getObject({ Bucket: party.bucket, Key: 'chaos/rows-1' })
  assert.ok((await read?.transformToByteArray())?.length)
  await party.sagemaker.listTrainingJobs({})
  await assert.rejects(s3.headObject({ Bucket: party.bucket, Key: 'too-much' }), { name: 'NotFound' })
}
