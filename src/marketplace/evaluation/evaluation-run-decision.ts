import type { ProductRun } from '../../service/product-run.ts'
import type { EvaluationRun } from './evaluation-run.ts'

export type RunStep =
  | { readonly do: 'rest' }
  | { readonly do: 'train' }
  | { readonly do: 'start' }
  | { readonly do: 'stop' }
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'end'; readonly how: 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'OVER_TIME' | 'NEVER_BEGUN' }

/** How far a run's jobs are. */
export interface RunJobs {
  /** Of the transform job, once it is there. */
  readonly job?: ProductRun['status'] | undefined
  /** Of an algorithm's training job until then. */
  readonly training?: ProductRun['status'] | 'none' | undefined
}

/** What is next for a run, by its row, its jobs and when its minutes are over, which is undefined until a container runs. */
export function decideRun(
  run: Pick<EvaluationRun, 'status' | 'isStopping'> | undefined,
  { job, training }: RunJobs,
  deadline: number | undefined,
  now: number,
): RunStep {
  if (run?.status !== 'IN_PROGRESS') return { do: 'rest' }
  const isOver = deadline !== undefined && deadline <= now
  const isAnswering = training === undefined || training === 'Completed'
  if (job === undefined && isAnswering) {
    if (run.isStopping) return { do: 'end', how: 'NEVER_BEGUN' }
    return isOver ? { do: 'end', how: 'OVER_TIME' } : { do: 'start' }
  }
  switch (job ?? training) {
    case undefined:
    case 'none':
      // One that has run and is not there was deleted.
      if (deadline !== undefined) return { do: 'end', how: 'FAILED' }
      return run.isStopping ? { do: 'end', how: 'NEVER_BEGUN' } : { do: 'train' }
    case 'Completed':
      return { do: 'end', how: 'SUCCEEDED' }
    case 'Failed':
      return { do: 'end', how: 'FAILED' }
    case 'Stopped':
      return { do: 'end', how: isOver && !run.isStopping ? 'OVER_TIME' : 'STOPPED' }
    case 'Stopping':
      return { do: 'rest' }
    case 'InProgress':
      if (run.isStopping || isOver) return { do: 'stop' }
      return deadline === undefined ? { do: 'rest' } : { do: 'wait', until: deadline }
  }
}
