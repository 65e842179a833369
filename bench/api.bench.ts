import { region } from '../demo/clients.ts'
import { type ModelPackageRow, modelPackages } from '../src/sagemaker/product/model-package.ts'
import { dataDirectory } from '../src/store/data-directory.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Actor } from './actor.ts'
import type { Bench, Figure, Skipped } from './bench.ts'
import { load } from './load.ts'
import { startMoto } from './moto.ts'
import { alternate } from './rounds.ts'
import type { Stage } from './stage.ts'
import { createSigner, type Plain } from './wire-request.ts'

const rounds = 3
const connections = 16
const creations = 600
const seconds = 1

/** Control-plane calls a second, and the first page of a long list. */
export const apiBench: Bench = {
  name: 'api',
  async run(stage) {
    return [...(await calls(stage)), ...(await longList(stage))]
  },
}

const call = (operation: string, input: object): Plain => ({
  method: 'POST',
  path: '/',
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `SageMaker.${operation}` },
  body: Buffer.from(JSON.stringify(input)),
})

async function calls(stage: Stage): Promise<(Figure | Skipped)[]> {
  const [{ url }, { clients }] = [await stage.server(), await stage.seller()]
  const moto = await startMoto()
  const ours = await openCaller(url, clients.credentials)
  const theirs = moto && (await openCaller(moto.url, clients.credentials))
  const taken = await alternate(rounds, {
    create: ours.create,
    motoCreate: () => theirs?.create() ?? nothing,
    describe: ours.describe,
    motoDescribe: () => theirs?.describe() ?? nothing,
  })
  await moto?.stop()
  return [
    compared(`CreateModelPackageGroup, ${connections} connections`, taken.create, moto && taken.motoCreate),
    compared(`DescribeModelPackageGroup, ${connections} connections`, taken.describe, moto && taken.motoDescribe),
  ]
}

/** Makes and describes model package groups, each so many a second. */
export async function openCaller(at: string, credentials: Actor['clients']['credentials'], name = 'group') {
  const sign = createSigner(at, 'sagemaker', credentials)
  let serial = 0
  const described = { ModelPackageGroupName: `${name}-described` }
  const first = [await sign(call('CreateModelPackageGroup', described))]
  await load(at, { requests: first, connections: 1, count: 1 })
  return {
    async create(): Promise<number> {
      const inputs = Array.from({ length: creations }, () => ({ ModelPackageGroupName: `${name}-${serial++}` }))
      const requests = await Promise.all(inputs.map(input => sign(call('CreateModelPackageGroup', input))))
      return (await load(at, { requests, connections, count: creations })).perSecond
    },
    async describe(): Promise<number> {
      const requests = [await sign(call('DescribeModelPackageGroup', described))]
      return (await load(at, { requests, connections, seconds })).perSecond
    },
  }
}

const nothing = Promise.resolve(Number.NaN)

/** Against moto's server, or alone where there is none. */
export const compared = (work: string, ours: number[], theirs: number[] | undefined): Figure =>
  theirs
    ? { work, against: 'moto’s server', unit: '/s', ours, theirs, judged: 'ratio', atLeast: 10 }
    : { work, against: '(moto not available)', unit: '/s', ours, judged: 'value' }

/** The seller has few model packages and the buyer many, in one database. */
async function longList(stage: Stage): Promise<Figure[]> {
  const [server, seller, buyer] = [await stage.server(), await stage.seller(), await stage.buyer()]
  const [few, many] = stage.full ? [100, 100_000] : [100, 10_000]
  const store = await openSqliteStore(dataDirectory(server.data).database)
  for (const [actor, count] of [
    [seller, few],
    [buyer, many],
  ] as const)
    await store.transaction(async tx => {
      for (let index = 0; index < count; index++) await modelPackages.insert(tx, modelPackage(actor, index))
    })
  await store.close()
  const firstPage = async ({ clients }: Actor): Promise<number> => {
    const sign = createSigner(server.url, 'sagemaker', clients.credentials)
    const requests = [await sign(call('ListModelPackages', { SortBy: 'CreationTime', SortOrder: 'Descending' }))]
    return (await load(server.url, { requests, connections: 1, seconds })).p50Ms
  }
  const taken = await alternate(rounds, { few: () => firstPage(seller), many: () => firstPage(buyer) })
  const work = `ListModelPackages, first page of ${many.toLocaleString('en-US')}`
  return [{ work, against: `of ${few}`, unit: 'ms', ours: taken.many, theirs: taken.few, judged: 'ratio', atMost: 2 }]
}

function modelPackage({ clients: { id: account } }: Actor, index: number): ModelPackageRow {
  const name = `listed-${index}`
  const at = Date.now() - index
  return {
    ...{ arn: `arn:aws:sagemaker:${region}:${account}:model-package/${name}`, account, region, name, parent: '' },
    ...{ status: 'Completed', created: at, modified: at, validation: [], imageScans: [], containers: [] },
    request: { ModelPackageName: name },
    inference: { Containers: [] },
  }
}
