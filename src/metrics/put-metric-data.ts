import type * as Sdk from '@aws-sdk/client-cloudwatch'
import { ServiceError } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import type { Input } from '../service/operation.ts'
import { invalidCombination, invalidValue, missingParameter } from './cloudwatch-error.ts'
import type { Sample } from './metric-sink.ts'
import type { Op } from './metrics-operation.ts'
import { writeDimensions } from './series.ts'

type PutInput = Input<typeof Sdk, 'PutMetricData'>
type Datum = NonNullable<PutInput['MetricData']>[number]

const datumLimit = 1000
const valueLimit = 150
const day = 24 * 60 * 60 * 1000
const largest = 2 ** 360

/** Durable when it answers. Limits as in the API reference: 1000 metrics a request, 150 values each, times from two weeks ago to two hours ahead. */
export const putMetricData: Op<'PutMetricData'> = async (input, ctx) => {
  if (input.EntityMetricData !== undefined || input.StrictEntityValidation)
    throw invalidValue(
      'EntityMetricData and StrictEntityValidation are not served: metrics are not related to entities here.',
    )
  if (/^AWS\//.test(input.Namespace)) throw invalidValue('The value AWS/ for parameter Namespace is invalid.')
  const data = input.MetricData ?? []
  if (data.length === 0) throw missingParameter('The parameter MetricData is required.')
  if (data.length > datumLimit)
    throw invalidValue(`The collection MetricData must not have a size greater than ${datumLimit}.`)
  const samples = data.map((datum, index) => sample(datum, `MetricData.member.${index + 1}`, input.Namespace, ctx))
  if (!ctx.metrics.record(samples)) throw new ServiceError('Throttling', 'Rate exceeded', { status: 400 })
  await ctx.metrics.flush()
  return {}
}

function sample(datum: Datum, path: string, namespace: string, ctx: Context): Sample {
  const { MetricName, Dimensions = [], Timestamp = ctx.now(), StorageResolution = 60, Unit = 'None' } = datum
  checkTime(Timestamp.getTime(), path, ctx.now().getTime())
  if (StorageResolution !== 1 && StorageResolution !== 60)
    throw invalidValue(
      `The value ${StorageResolution} for parameter ${path}.StorageResolution is invalid: it must be 1 or 60.`,
    )
  const repeated = Dimensions.find(({ Name }, index) => Dimensions.findIndex(other => other.Name === Name) !== index)
  if (repeated) throw invalidValue(`The dimension ${repeated.Name} is in ${path}.Dimensions more than once.`)
  const identity = { account: ctx.account, region: ctx.region, namespace, name: MetricName }
  return {
    series: { ...identity, dimensions: writeDimensions(Dimensions), unit: Unit },
    time: Timestamp.getTime(),
    resolution: StorageResolution,
    ...content(datum, path),
  }
}

function checkTime(time: number, path: string, now: number): void {
  if (time < now - 14 * day)
    throw invalidValue(`The parameter ${path}.Timestamp must specify a time within the past two weeks.`)
  if (time > now + day / 12)
    throw invalidValue(`The parameter ${path}.Timestamp must specify a time no more than two hours in the future.`)
}

function content({ Value, Values, Counts, StatisticValues }: Datum, path: string): Pick<Sample, 'values' | 'set'> {
  const given = [Value, Values, StatisticValues].filter(each => each !== undefined)
  if (given.length === 0)
    throw missingParameter(
      `At least one of the parameters ${path}.Value, Values and StatisticValues must be specified.`,
    )
  if (given.length > 1)
    throw invalidCombination(`The parameters ${path}.Value, Values and StatisticValues are mutually exclusive.`)
  if (Counts && !Values) throw invalidCombination(`The parameter ${path}.Counts needs ${path}.Values.`)
  if (StatisticValues) return { values: [], set: statisticSet(StatisticValues, `${path}.StatisticValues`) }
  const values = Values ?? [Value as number]
  if (values.length > valueLimit)
    throw invalidValue(`The collection ${path}.Values must not have a size greater than ${valueLimit}.`)
  if (Counts && Counts.length !== values.length)
    throw invalidCombination(`The parameters ${path}.Values and ${path}.Counts must have the same size.`)
  for (const value of values) checkNumber(value, `${path}.Value`)
  for (const count of Counts ?? [])
    if (!(count > 0 && count < largest))
      throw invalidValue(`The value ${count} for parameter ${path}.Counts is invalid.`)
  return { values: values.map((value, index) => [value, Counts?.[index] ?? 1]) }
}

function statisticSet(set: NonNullable<Datum['StatisticValues']>, path: string) {
  const { SampleCount, Sum, Minimum, Maximum } = set
  for (const [name, value] of Object.entries({ Sum, Minimum, Maximum })) checkNumber(value, `${path}.${name}`)
  if (!(SampleCount > 0 && SampleCount < largest))
    throw invalidValue(`The value ${SampleCount} for parameter ${path}.SampleCount is invalid.`)
  if (Minimum > Maximum) throw invalidCombination(`The parameter ${path}.Maximum must be greater than ${path}.Minimum.`)
  return { count: SampleCount, sum: Sum, min: Minimum, max: Maximum }
}

function checkNumber(value: number, path: string): void {
  if (!(Math.abs(value) <= largest)) throw invalidValue(`The value ${value} for parameter ${path} is invalid.`)
}
