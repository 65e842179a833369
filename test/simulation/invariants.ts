import { createLogs } from '../../src/logs/log-sink.ts'
import { endpoints } from '../../src/sagemaker/serving/endpoint.ts'
import { isTerminal, trainingJobs } from '../../src/sagemaker/training/training-job.ts'
import { trainingStream } from '../../src/sagemaker/training/training-outcome.ts'
import { transformJobs } from '../../src/sagemaker/transform/transform-job.ts'
import { never } from '../../src/store/schema/market-tables.ts'
import { lineOf } from './programs.ts'
import type { Asked } from './story.ts'
import { account, region, type World } from './world.ts'

const every = { account, region, sortBy: 'name', descending: false, limit: 100 } as const

async function rowsOf({ store }: World) {
  return {
    training: await trainingJobs.list(store, every),
    transform: await transformJobs.list(store, every),
    serving: await endpoints.list(store, every),
  }
}

/** What has not come to rest yet: jobs that go on, endpoints that change, containers of what has ended. */
export async function unsettled(world: World): Promise<string[]> {
  const { training, transform, serving } = await rowsOf(world)
  const going = [...training, ...transform].filter(({ status }) => !isTerminal(status))
  const changing = serving.filter(({ status }) => status !== 'InService' && status !== 'Failed')
  const wanted = new Set(serving.filter(({ status }) => status === 'InService').map(({ arn }) => arn))
  const left = [...world.engine.containers.values()].filter(({ spec }) => !wanted.has(spec.key.arn))
  return [
    ...[...going, ...changing].map(({ name, status }) => `${name} ${status}`),
    ...left.map(({ spec }) => `container of ${spec.key.arn.split('/')[1]}`),
  ]
}

/** After peace: nothing that was acknowledged is lost, every end is true, every line is there, the bill is the containers' time. */
export async function checkSettled(world: World, asked: readonly Asked[]): Promise<void> {
  const { violations } = world
  const { training, transform, serving } = await rowsOf(world)
  const arns = new Set([...training, ...transform, ...serving].map(({ arn }) => arn))
  const gone = new Set(asked.flatMap(({ what, arn }) => (what === 'delete' ? [arn] : [])))
  for (const { what, arn, answer } of asked)
    if (
      ['train', 'transform', 'deploy'].includes(what) &&
      answer === 'acknowledged' &&
      !arns.has(arn) &&
      !gone.has(arn)
    )
      violations.push(`${arn} was acknowledged and is lost`)
  for (const job of training) {
    const runs = world.runs.filter(({ spec: { key } }) => key.arn === job.arn && key.attempt === job.attempt)
    const plan = world.plans.get(job.name)
    if (job.status === 'Completed' && (runs.length === 0 || plan?.exit !== 0))
      violations.push(`${job.name} is Completed, but its program ends with ${plan?.exit}, ${runs.length} runs`)
    if (job.status === 'Completed' && !world.objects.has(`out/${job.name}/output/model.tar.gz`))
      violations.push(`${job.name} is Completed without its model`)
    if (job.status === 'Failed' && !job.failureReason) violations.push(`${job.name} is Failed without a reason`)
    if (job.status === 'Failed' && /^AlgorithmError/.test(job.failureReason ?? '') && plan?.exit === 0)
      violations.push(`${job.name} blames its program, which ends well: ${job.failureReason}`)
    if (job.status === 'Stopped' && job.stopReason === undefined) violations.push(`${job.name} is Stopped by nobody`)
    for (const { spec } of runs) await checkLines(world, trainingStream(job, spec.key.host), spec, plan?.lines ?? 0)
  }
  for (const job of transform) {
    const inputs = [...world.objects.keys()].filter(path => path.startsWith(`in/${job.name}/`))
    const outputs = inputs.filter(path => world.objects.has(`${path.replace('in/', 'out/')}.out`))
    if (job.status === 'Completed' && outputs.length < inputs.length)
      violations.push(`${job.name} is Completed with ${outputs.length} of ${inputs.length} outputs`)
    if (job.status === 'Failed' && !job.failureReason) violations.push(`${job.name} is Failed without a reason`)
  }
  await checkUsage(world)
}

/** Lines as the program printed them: all that it came to, once, in order. */
async function checkLines(
  world: World,
  stream: Parameters<ReturnType<typeof createLogs>['tail']>[0],
  spec: World['runs'][number]['spec'],
  most: number,
): Promise<void> {
  const logs = createLogs({ store: world.store, now: () => new Date(world.clock.now()) })
  const found = (await logs.tail(stream, 1000)).map(({ message }) => message)
  const printed = world.engine.printed(spec.key)
  const wanted = Array.from({ length: printed }, (_, index) => lineOf({ spec }, index + 1))
  if (printed > most) world.violations.push(`${stream.stream} printed ${printed} of ${most} lines`)
  // A log is ordered by time, and a clock that is set back turns lines round.
  const inOrder = (lines: string[]) => (world.options.clockSteps > 0 ? lines.toSorted() : lines).join('\n')
  if (inOrder(found) !== inOrder(wanted))
    world.violations.push(`${stream.stream}: ${printed} lines were printed, the log has: ${found.join(', ') || 'none'}`)
}

/** A buyer pays for the time between the first start and the last end of an attempt's containers, as far as the clock stood still. */
async function checkUsage(world: World): Promise<void> {
  const facts = await world.store.db.selectFrom('market_running').selectAll().execute()
  for (const { resource_arn: arn, started, stopped } of facts) {
    const live = [...world.engine.containers.values()].some(
      ({ spec, state }) => spec.key.arn === arn && state.status === 'running',
    )
    const name = arn.split('/')[1]
    if (stopped === never && !live) world.violations.push(`${name} is charged and has no container`)
    if (stopped < started) world.violations.push(`${name} is charged for ${stopped - started} ms`)
  }
  if (world.options.clockSteps > 0) return
  for (const arn of new Set(facts.map(({ resource_arn }) => resource_arn))) {
    if (!/:(training|transform)-job\//.test(arn)) continue
    const charged = facts
      .filter(({ resource_arn, stopped }) => resource_arn === arn && stopped !== never)
      .reduce((sum, { started, stopped }) => sum + stopped - started, 0)
    const ran = world.engine.lifetimeOf(arn)
    if (charged > ran) world.violations.push(`${arn.split('/')[1]} is charged for ${charged} ms and ran ${ran} ms`)
  }
}

/** When the endpoints are gone too: nothing is left of anything. */
export async function checkEnd(world: World): Promise<void> {
  const { violations, engine, store } = world
  for (const { spec } of engine.containers.values()) violations.push(`a container of ${spec.key.arn} is left`)
  const work = await store.db.selectFrom('work').select(['kind', 'key', 'last_error']).execute()
  for (const { kind, key, last_error } of work) violations.push(`work is left: ${kind} ${key} ${last_error}`)
  const open = await store.db.selectFrom('market_running').select('resource_arn').where('stopped', '=', never).execute()
  for (const { resource_arn } of open) violations.push(`${resource_arn} is charged for ever`)
}
