import {
  CreateInferenceComponentCommand,
  type CreateInferenceComponentInput,
  DeleteInferenceComponentCommand,
  DescribeInferenceComponentCommand,
  type DescribeInferenceComponentOutput,
  type InferenceComponentSummary,
  ListInferenceComponentsCommand,
  UpdateInferenceComponentRuntimeConfigCommand,
} from '@aws-sdk/client-sagemaker'
import { useQuery } from '@tanstack/react-query'
import { pollMs } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { isInTransition } from '../kit/status.tsx'

/** What lists tell; the rest where a person may describe it, and it is still there. */
export type InferenceComponent = InferenceComponentSummary & Partial<DescribeInferenceComponentOutput>

export const inferenceComponentKind = 'inference-components'

/** All of an endpoint, which has a hundred at the most; nothing is asked unless `isWanted`. */
export function useInferenceComponents(endpoint: string, isWanted: boolean) {
  const [region] = useRegion()
  return useQuery({
    queryKey: [inferenceComponentKind, region, endpoint],
    enabled: isWanted,
    queryFn: () => inferenceComponentsOf(region, endpoint),
    refetchInterval: ({ state }) =>
      pollMs(state.data?.some(one => isInTransition(one.InferenceComponentStatus)) ?? false),
  })
}

async function inferenceComponentsOf(region: string, EndpointNameEquals: string): Promise<InferenceComponent[]> {
  const client = sagemaker(region)
  const { InferenceComponents = [] } = await client.send(
    new ListInferenceComponentsCommand({ EndpointNameEquals, MaxResults: 100, SortBy: 'Name', SortOrder: 'Ascending' }),
  )
  const more = ({ InferenceComponentName }: InferenceComponentSummary) =>
    client.send(new DescribeInferenceComponentCommand({ InferenceComponentName })).catch(() => ({}))
  return Promise.all(InferenceComponents.map(async one => ({ ...one, ...(await more(one)) })))
}

export const createInferenceComponent = (region: string, input: CreateInferenceComponentInput) =>
  sagemaker(region).send(new CreateInferenceComponentCommand(input))

export const setCopyCount = (region: string, InferenceComponentName: string, CopyCount: number) =>
  sagemaker(region).send(
    new UpdateInferenceComponentRuntimeConfigCommand({ InferenceComponentName, DesiredRuntimeConfig: { CopyCount } }),
  )

export const deleteInferenceComponent = (region: string, InferenceComponentName: string) =>
  sagemaker(region).send(new DeleteInferenceComponentCommand({ InferenceComponentName }))
