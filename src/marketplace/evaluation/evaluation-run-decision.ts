import type { ProductRun } from '../../service/product-run.ts'
import type { EvaluationRun } from './evaluation-run.ts'

export type RunStep =
  | { readonly do: 'rest' }
  | { readonly do: 'start' }
  | { readonly do: 'stop' }
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'end'; readonly how: 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'OVER_TIME' | 'NEVER_BEGUN' }

/** What is next for a run, by its row, its job and when its minutes are over, which is undefined until a container runs. */
export function decideRun(
  run: Pick<EvaluationRun, 'status' | 'isStopping'> | undefined,
  job: Pick<ProductRun, 'status'> | undefined,
  deadline: number | undefined,
  now: number,
): RunStep {
  if (run?.status !== 'IN_PROGRESS') return { do: 'rest' }
  const isOver = deadline !== undefined && deadline <= now
  switch (job?.status) {
    case undefined:
      return run.isStopping ? { do: 'end', how: 'NEVER_BEGUN' } : { do: 'start' }
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
