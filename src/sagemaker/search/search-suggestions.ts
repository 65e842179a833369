import type { Op } from '../sagemaker-operation.ts'
import { requireSearchable } from './search-operation.ts'
import { propertyNames } from './search-property.ts'

/**
 * Names of properties that begin with the hint, all of them when there is none: those of the resource's shape and the tag keys,
 * hyperparameters and metrics of its newest. Source: SageMaker API Reference, GetSearchSuggestions.
 */
export const getSearchSuggestions: Op<'GetSearchSuggestions'> = async (input, ctx) => {
  const { kind, shape, view } = requireSearchable(input.Resource)
  const hint = input.SuggestionQuery?.PropertyNameQuery?.PropertyNameHint ?? ''
  const { account, region } = ctx
  const rows = await kind.list(ctx.store, { account, region, sortBy: 'created', descending: true, limit: newest })
  const arns = rows.map(({ arn }) => arn)
  const tags = await ctx.store.db.selectFrom('tag').select('key').distinct().where('arn', 'in', arns).execute()
  const names = new Set([
    ...propertyNames(shape),
    ...tags.map(({ key }) => `Tags.${key}`),
    ...rows.flatMap(row => named(view(row))),
  ])
  const suggested = [...names].filter(name => name.startsWith(hint)).sort()
  return { PropertyNameSuggestions: suggested.map(PropertyName => ({ PropertyName })) }
}

const newest = 200

function named(record: {
  HyperParameters?: Record<string, string>
  FinalMetricDataList?: { MetricName: string }[]
}): string[] {
  const parameters = Object.keys(record.HyperParameters ?? {}).map(name => `HyperParameters.${name}`)
  return [...parameters, ...(record.FinalMetricDataList ?? []).map(({ MetricName }) => `Metrics.${MetricName}`)]
}
