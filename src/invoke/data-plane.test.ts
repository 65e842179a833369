import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { SageMakerRuntime } from '@aws-sdk/client-sagemaker-runtime'
import { pino } from 'pino'
import { createRequestLimits, type Spent, spendIn } from '../gateway/rate-limit.ts'
import { clock } from '../ground/clock.ts'
import { bodyMemory } from '../ground/memory-budget.ts'
import { createRoutingTable } from '../runtime/routing-table.ts'
import type { ControlEars } from './control-answers.ts'
import { createDataPlane, type DataPlane, type DataPlaneParts, type Routing } from './data-plane.ts'
import type { ControlAnswers, WireRoute } from './plane-messages.ts'
import { callerOf, keysOf, servedProduct } from './served-product.fixture.ts'
import { startWorkerProcess } from './worker-process.ts'

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

const openingOf = (perAccount: number) => ({
  ...{ rates: { perAccount, perAddress: 0 }, checkAnswers: true, countsAtOnce: false, meteringSync: 'before' as const },
})

const newDirectory = () => mkdtemp(join(tmpdir(), 'modelmart-plane-'))

/** Two workers for these routes, each account held to so many requests a second; those that are left in the directory, where they fit. */
async function openWorkers(
  perAccount: number,
  served: readonly WireRoute[],
  { directory, port }: { readonly directory: string; readonly port: number },
) {
  const { rates } = openingOf(perAccount)
  const parts = {
    ...{ directory, workers: 2, opening: openingOf(perAccount) },
    iam: { caller: async (key: string) => callerOf(key), noteUse: async () => {} },
    ...{ count: async () => [], metrics: { record: () => true }, log: pino({ enabled: false }) },
  } as unknown as DataPlaneParts
  const plane: DataPlane = createDataPlane(parts, () => ({ routes }) as Routing)
  const routes = createRoutingTable(plane)
  const limits = createRequestLimits(rates, spent => plane.spend(spent))
  const place = { host: '127.0.0.1', port }
  const ears = { spent: (spent: Spent) => spendIn(limits, spent), observe: () => {} } as unknown as ControlEars
  await plane.find()
  await plane.begin({ place, takeOver: async () => {}, handOver: () => {} }, ears)
  for (const route of served) await routes.set(route as never)
  after(async () => {
    for (const { arn } of served) await routes.remove(arn)
    await plane.close()
    await rm(directory, { recursive: true, force: true })
  })
  return { plane, limits, endpoint: `http://${place.host}:${place.port}` }
}

/** Asks over eight connections, which the kernel gives to either worker; how many of so many requests get through. */
async function through(endpoint: string, account: string, requests: number): Promise<number> {
  const clients = Array.from(
    { length: 8 },
    () => new SageMakerRuntime({ endpoint, region: 'us-east-1', credentials: keysOf(account), maxAttempts: 1 }),
  )
  let asked = 0
  let answered = 0
  const ask = async (client: SageMakerRuntime) => {
    while (asked++ < requests)
      await client.invokeEndpoint({ EndpointName: 'sold', Body: 'x' }).then(
        () => answered++,
        error => assert.equal(error.name, 'ThrottlingException'),
      )
    client.destroy()
  }
  await Promise.all(clients.map(ask))
  return answered
}

it('holds an account to one rate, however many workers and whether the server itself let its requests through', async () => {
  const [one, other] = ['111122223333', '444455556666']
  const { plane, limits, endpoint } = await openWorkers(20, await Promise.all([one, other].map(servedProduct)), {
    ...{ directory: await newDirectory(), port: await freePort() },
  })
  const began = clock.elapsed()
  const answered = await through(endpoint, one, 600)
  const more = ((clock.elapsed() - began) / 1000) * 20
  // What is under way between processes as the burst ends is let through by more than one of them.
  assert.ok(answered >= 200 && answered <= 200 + more + 16, `${answered} of 600, and ${Math.ceil(more)} came meanwhile`)
  const here = Array.from({ length: 200 }, () => limits.accounts.take(one)).filter(Boolean).length
  assert.ok(here <= 16, `${here} of 200 in the server itself`)
  // What workers have told by now.
  const { limit, resident } = plane.memory()
  assert.equal(limit, 2 * bodyMemory.total)
  assert.ok(resident > 2 * 2 ** 20, `${resident} bytes of two processes`)
  for (let count = 0; count < 200; count++) assert.ok(limits.accounts.take(other))
  const late = clock.elapsed()
  const rest = await through(endpoint, other, 100)
  assert.ok(rest <= ((clock.elapsed() - late) / 1000) * 20 + 16, `${rest} of 100`)
})

it('takes on a worker that another server has left, if that opened it with the same settings', async () => {
  const [directory, port] = [await newDirectory(), await freePort()]
  const left = async (name: string, perAccount: number) => {
    const { link, pid } = await startWorkerProcess(join(directory, name), {} as ControlAnswers)
    await link.ask('open', { ...openingOf(perAccount), place: { host: '127.0.0.1', port }, routes: [] })
    link.end()
    return pid
  }
  const [same, other] = [await left('same', 20), await left('other', 21)]
  const { plane } = await openWorkers(20, [await servedProduct('111122223333')], { directory, port })
  const pids = plane.pids()
  assert.equal(pids.length, 2)
  assert.ok(pids.includes(same) && !pids.includes(other), `${pids} of ${same} and ${other}`)
})
