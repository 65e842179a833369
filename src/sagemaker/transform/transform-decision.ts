import { isTerminal } from '../training/training-job.ts'
import type { TransformJobRow } from './transform-job-row.ts'

/** What is next for a transform job. */
export type TransformStep =
  | { readonly do: 'clean up' }
  | { readonly do: 'end as stopped' }
  | { readonly do: 'wait for capacity' }
  | { readonly do: 'transform' }

/** The next step of a transform job. What it comes to is told by how the work ends. */
export function decideTransform(job: Pick<TransformJobRow, 'status' | 'admission'>): TransformStep {
  if (isTerminal(job.status)) return { do: 'clean up' }
  if (job.status === 'Stopping') return { do: 'end as stopped' }
  return job.admission ? { do: 'transform' } : { do: 'wait for capacity' }
}

/** How often a job is begun whose containers are lost by the platform. */
const mostAttempts = 5

/** What a job comes to whose containers were lost: nobody's fault, so it goes on with what is not written, within reason. */
export const decideLost = ({ attempt }: Pick<TransformJobRow, 'attempt'>): 'again' | 'fail' =>
  attempt < mostAttempts ? 'again' : 'fail'
