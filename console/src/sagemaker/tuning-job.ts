import {
  DescribeHyperParameterTuningJobCommand,
  type HyperParameterTuningJobSortByOptions,
  type HyperParameterTuningJobStatus,
  type HyperParameterTuningJobSummary,
  ListHyperParameterTuningJobsCommand,
  ListTrainingJobsForHyperParameterTuningJobCommand,
  StopHyperParameterTuningJobCommand,
  type TrainingJobStatusCounters,
} from '@aws-sdk/client-sagemaker'
import { useQuery } from '@tanstack/react-query'
import { pollMs, queryClient } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { isInTransition } from '../kit/status.tsx'
import type { ListingSource } from '../kit/use-listing.ts'
import { runTask } from '../shell/notices.tsx'
import { listInput } from './sagemaker-listing.ts'
import { tuningTexts as words } from './tuning-texts.ts'

export const tuningJobs: ListingSource<HyperParameterTuningJobSummary> = {
  kind: 'tuning-jobs',
  isInTransition: job => isInTransition(job.HyperParameterTuningJobStatus),
  async fetch(ask) {
    const input = listInput<HyperParameterTuningJobSortByOptions, HyperParameterTuningJobStatus>(ask)
    const page = await sagemaker(ask.region).send(new ListHyperParameterTuningJobsCommand(input))
    return { items: page.HyperParameterTuningJobSummaries ?? [], nextToken: page.NextToken }
  },
}

/** So many of its training jobs are shown, the best first; AWS's quota is 750. */
const mostJobs = 100

/** A tuning job and its training jobs, the best first, asked again until it has ended. */
export function useTuningJob(name: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['tuning-job', region, name],
    refetchInterval: ({ state }) => pollMs(isInTransition(state.data?.job.HyperParameterTuningJobStatus)),
    queryFn: async () => {
      const client = sagemaker(region)
      const named = { HyperParameterTuningJobName: name }
      const job = await client.send(new DescribeHyperParameterTuningJobCommand(named))
      const isSmallBest = job.HyperParameterTuningJobConfig?.HyperParameterTuningJobObjective?.Type === 'Minimize'
      const { TrainingJobSummaries = [] } = await client.send(
        new ListTrainingJobsForHyperParameterTuningJobCommand({
          ...{ ...named, MaxResults: mostJobs, SortBy: 'FinalObjectiveMetricValue' },
          SortOrder: isSmallBest ? 'Ascending' : 'Descending',
        }),
      )
      return { job, trainingJobs: TrainingJobSummaries }
    },
  })
}

export const stopTuningJob = (region: string, name: string): Promise<boolean> =>
  runTask({
    ...{ doing: words.stopping(name), done: words.stopped(name), failed: words.notStopped(name) },
    async run() {
      await sagemaker(region).send(new StopHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name }))
      for (const kind of ['tuning-jobs', 'tuning-job']) await queryClient.invalidateQueries({ queryKey: [kind] })
    },
  })

/** `3/10`: those that have completed, and all that were begun. */
export function progressOf({
  TrainingJobStatusCounters = {},
}: {
  readonly TrainingJobStatusCounters?: TrainingJobStatusCounters | undefined
}): string {
  const {
    Completed = 0,
    InProgress = 0,
    RetryableError = 0,
    NonRetryableError = 0,
    Stopped = 0,
  } = TrainingJobStatusCounters
  return `${Completed}/${Completed + InProgress + RetryableError + NonRetryableError + Stopped}`
}
