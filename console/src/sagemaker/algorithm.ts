import { DescribeAlgorithmCommand, ListAlgorithmsCommand } from '@aws-sdk/client-sagemaker'
import { useQuery } from '@tanstack/react-query'
import { pollMs } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { isBeingMade } from '../kit/status.tsx'

/** The account's own algorithms that may be trained with, newest first. */
export function useOwnAlgorithms() {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['algorithms', region],
    queryFn: async () => {
      const ask = new ListAlgorithmsCommand({ MaxResults: 100, SortBy: 'CreationTime', SortOrder: 'Descending' })
      const { AlgorithmSummaryList = [] } = await sagemaker(region).send(ask)
      return AlgorithmSummaryList.filter(({ AlgorithmStatus }) => AlgorithmStatus === 'Completed')
    },
  })
}

/** An algorithm by its name, or by the ARN of a subscription; nothing is asked of an empty one. */
export function useAlgorithm(name: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['algorithm', region, name],
    queryFn: () => sagemaker(region).send(new DescribeAlgorithmCommand({ AlgorithmName: name })),
    enabled: name !== '',
    refetchInterval: ({ state }) => pollMs(isBeingMade(state.data?.AlgorithmStatus)),
  })
}
