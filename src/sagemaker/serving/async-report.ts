import { clock } from '../../ground/clock.ts'
import { asyncBacklog, type Waiting } from '../../runtime/async-backlog.ts'
import type { Platform } from '../../service/context.ts'
import type { MetricDatum } from '../../service/metrics.ts'
import type { AsyncAnswer } from './async-answer.ts'
import type { AsyncFailure } from './async-failure.ts'
import type { Place } from './async-slots.ts'
import type { EndpointRow } from './endpoint.ts'

type Named = Pick<EndpointRow, 'account' | 'region' | 'name'>
type Value = readonly [name: string, value: number, unit: 'Count' | 'Microseconds' | 'Milliseconds' | 'Seconds']

/** Source of names and units: SageMaker Developer Guide, "Alarms and logs for tracking metrics from asynchronous endpoints". */
function put({ metrics }: Platform, row: Named, dimensions: Record<string, string>, values: readonly Value[]): void {
  const time = new Date(clock.now())
  const data = values.map(([name, value, unit]): MetricDatum => ({ name, value, unit, dimensions, time }))
  metrics.put(row.account, row.region, 'AWS/SageMaker', data)
}

/** Tells how a request ended: by metrics, and by a line in the log of the instance that had it; there too why a topic was not told. */
export async function reportSettled(
  platform: Platform,
  row: EndpointRow,
  { invocation, created }: Waiting,
  slot: Place,
  began: number,
  outcome: AsyncAnswer | AsyncFailure,
  untold: string | undefined,
): Promise<void> {
  const now = clock.now()
  const [waited, all] = [began - created, now - created]
  const failed = outcome instanceof Error
  const status = failed ? (outcome.status ?? (outcome.metric === 'InvocationFailures' ? 500 : 0)) : 200
  put(platform, row, { EndpointName: row.name, VariantName: slot.variant.name }, [
    ['TimeInBacklog', waited, 'Milliseconds'],
    ['TotalProcessingTime', all, 'Milliseconds'],
    ['InvocationsProcessed', 1, 'Count'],
    ['Invocation4XXErrors', status >= 400 && status < 500 ? 1 : 0, 'Count'],
    ['Invocation5XXErrors', status >= 500 ? 1 : 0, 'Count'],
    ...(failed ? [[outcome.metric, 1, 'Count'] as const] : timesOf(outcome)),
  ])
  const words = failed ? `failed: ${outcome.message}` : `succeeded, written to ${invocation.outputLocation}.`
  const stream = {
    ...{ account: row.account, region: row.region, group: `/aws/sagemaker/Endpoints/${row.name}` },
    stream: `${slot.instance.logStream}/data-log`,
  }
  const message = `[${invocation.inferenceId}] Inference request ${words} TimeInBacklog: ${waited} ms, TotalProcessingTime: ${all} ms${untold ? ` ${untold}` : ''}`
  await platform.logs.append(stream, [{ time: new Date(now), message }], '')
}

const timesOf = ({ download, model, upload }: AsyncAnswer): readonly Value[] => [
  ['RequestDownloadLatency', download * 1000, 'Microseconds'],
  ['ModelLatency', model * 1000, 'Microseconds'],
  ['ResponseUploadLatency', upload * 1000, 'Microseconds'],
]

/** What waits, told once a minute, also when nothing does: scaling goes by it. */
export async function reportBacklog(platform: Platform, row: EndpointRow): Promise<void> {
  if (!row.live?.async) return
  const count = await asyncBacklog.count(platform.store, row.arn)
  const oldest = await asyncBacklog.oldest(platform.store, row.arn)
  const instances = row.live.hosts.length
  put(platform, row, { EndpointName: row.name }, [
    ['ApproximateBacklogSize', count, 'Count'],
    ['ApproximateBacklogSizePerInstance', count / Math.max(1, instances), 'Count'],
    ['ApproximateAgeOfOldestRequest', oldest === undefined ? 0 : (clock.now() - oldest) / 1000, 'Seconds'],
    ['HasBacklogWithoutCapacity', count > 0 && instances === 0 ? 1 : 0, 'Count'],
  ])
}
