import { algorithms } from '../../src/sagemaker/product/algorithm.ts'
import { modelPackages } from '../../src/sagemaker/product/model-package.ts'
import { inferenceComponents } from '../../src/sagemaker/serving/component-row.ts'
import { endpoints } from '../../src/sagemaker/serving/endpoint.ts'
import { isTerminal, trainingJobs } from '../../src/sagemaker/training/training-job.ts'
import { transformJobs } from '../../src/sagemaker/transform/transform-job.ts'
import { tuningJobs } from '../../src/sagemaker/tuning/tuning-job.ts'
import { never } from '../../src/store/schema/market-columns.ts'
import { checkAlarm, unlooked } from './alarm-check.ts'
import type { Asked } from './ask.ts'
import { checkAccepted } from './async-check.ts'
import { checkCatalog, unpublished } from './catalog-check.ts'
import { checkCertification } from './certification-check.ts'
import { checkConnections, unauthorized } from './connection-check.ts'
import { checkDeployments } from './deployment-check.ts'
import { checkEvents, unheard } from './event-check.ts'
import { checkInferences } from './inference-check.ts'
import { checkTraining, checkTransform } from './job-check.ts'
import { checkMessages, untold } from './message-check.ts'
import { checkRecords, unwritten } from './record.ts'
import { checkScaling, unscaled } from './scaling-check.ts'
import { checkScans, unscanned } from './scan-check.ts'
import { checkTicks } from './tick-check.ts'
import { checkTuning } from './tuning-check.ts'
import { checkUsage } from './usage-check.ts'
import { account, region, type World } from './world.ts'

const every = { account, region, sortBy: 'name', descending: false, limit: 100 } as const

async function rowsOf({ store }: World) {
  return {
    training: await trainingJobs.list(store, every),
    transform: await transformJobs.list(store, every),
    serving: await endpoints.list(store, every),
    shared: await inferenceComponents.list(store, every),
    tuning: await tuningJobs.list(store, every),
    certified: [...(await algorithms.list(store, every)), ...(await modelPackages.list(store, every))],
  }
}

/** What has not come to rest yet: jobs that go on, endpoints that change, containers of what has ended. */
export async function unsettled(world: World): Promise<string[]> {
  const { training, transform, serving, shared, tuning, certified } = await rowsOf(world)
  const going = [...training, ...transform, ...tuning].filter(({ status }) => !isTerminal(status))
  const changing = [...serving, ...shared].filter(({ status }) => status !== 'InService' && status !== 'Failed')
  const judged = certified.filter(({ status }) => status !== 'Completed' && status !== 'Failed')
  const inService = serving.filter(({ status }) => status === 'InService')
  const wanted = new Set([
    ...inService.flatMap(({ arn, live }) => live?.hosts.map(({ attempt }) => `${arn} ${attempt}`) ?? []),
    ...shared.flatMap(({ arn, live }) => live?.copies.map(({ attempt }) => `${arn} ${attempt}`) ?? []),
  ])
  const left = [...world.engine.containers.values()].filter(
    ({ spec: { key } }) => !wanted.has(`${key.arn} ${key.attempt}`),
  )
  const waiting = await world.store.db.selectFrom('async_invocation').select('endpoint').execute()
  return [
    ...waiting.map(({ endpoint }) => `a request to ${endpoint.split('/')[1]}`),
    ...[...going, ...changing, ...judged].map(({ name, status }) => `${name} ${status}`),
    ...(await unheard(world)),
    ...(await unwritten(world)),
    ...(await untold(world)),
    ...(await unlooked(world)),
    ...(await unscaled(world)),
    ...(await unscanned(world)),
    ...(await unauthorized(world)),
    ...(await unpublished(world)),
    ...left.map(({ spec }) => `container of ${spec.key.arn.split('/')[1]}`),
  ]
}

/** What is never done. */
const lasting = new Set([
  'agreement',
  'maintenance',
  'metric-alarm',
  'rule-schedule',
  'scalable-target',
  'lifecycle-policy',
])

/** What nobody has done yet. A clock that was set back while no server lived keeps it waiting for as long. */
export async function undone({ store }: World): Promise<string[]> {
  const work = await store.db.selectFrom('work').select(['kind', 'key', 'last_error']).execute()
  return work
    .filter(({ kind }) => !lasting.has(kind))
    .map(({ kind, key, last_error }) => `${kind} ${key} ${last_error}`)
}

/** After peace: nothing that was acknowledged is lost, every end is true, every line is there, the bill is the containers' time. */
export async function checkSettled(world: World, asked: readonly Asked[]): Promise<void> {
  const { training, transform, serving, tuning, certified } = await rowsOf(world)
  const arns = new Set([...training, ...transform, ...serving, ...tuning, ...certified].map(({ arn }) => arn))
  const gone = new Set(asked.flatMap(({ what, arn }) => (what === 'delete' ? [arn] : [])))
  for (const { arn, answer, makes } of asked)
    if (makes && answer === 'acknowledged' && !arns.has(arn) && !gone.has(arn))
      world.violations.push(`${arn} was acknowledged and is lost`)
  for (const job of training) await checkTraining(world, job)
  for (const job of transform) checkTransform(world, job)
  for (const job of tuning) await checkTuning(world, job, training)
  for (const row of certified) checkCertification(world, row, { training, transform })
  await checkEvents(world, [...training, ...transform, ...tuning, ...serving, ...certified], training)
  await checkUsage(world)
  await checkInferences(world)
  await checkAccepted(world, asked)
  await checkMessages(world)
  await checkAlarm(world)
  await checkScaling(world)
  await checkDeployments(world)
  await checkTicks(world)
  await checkScans(world)
  await checkConnections(world)
  await checkCatalog(world)
  await checkRecords(world, asked, arns)
}

/** When the endpoints are gone too: nothing is left of anything. */
export async function checkEnd(world: World): Promise<void> {
  const { violations, engine, store } = world
  for (const { spec } of engine.containers.values()) violations.push(`a container of ${spec.key.arn} is left`)
  const open = await store.db.selectFrom('market_running').select('resource_arn').where('stopped', '=', never).execute()
  for (const { resource_arn } of open) violations.push(`${resource_arn} is charged for ever`)
}
