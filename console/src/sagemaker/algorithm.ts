import { ListAlgorithmsCommand } from '@aws-sdk/client-sagemaker'
import { useQuery } from '@tanstack/react-query'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'

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
