import type { Direction } from './trial.ts'
import { better } from './trial.ts'

/** What a training job has told of its objective so far: one value for each epoch. */
export interface Progress {
  readonly values: readonly number[]
  /** It ended by itself or was stopped, with a result. */
  readonly ended: boolean
}

/** Fewer jobs that have ended make no median worth the name; SageMaker does not say how many it waits for. */
const fewestPeers = 3

/**
 * Why a training job should be stopped: after one of the epochs beyond `judged`, its objective was worse than the median of what
 * earlier jobs had on average up to that epoch. Undefined when it may go on. Source: SageMaker Developer Guide, "Stop Training Jobs
 * Early".
 */
export function medianVerdict(
  direction: Direction,
  values: readonly number[],
  judged: number,
  others: readonly Progress[],
): string | undefined {
  for (let epoch = judged + 1; epoch <= values.length; epoch++) {
    const peers = others.filter(other => other.ended && other.values.length >= epoch)
    if (peers.length < fewestPeers) continue
    const middle = median(peers.map(peer => average(peer.values.slice(0, epoch))))
    const value = values[epoch - 1] as number
    if (better(direction, middle, value))
      return `After epoch ${epoch} its objective was ${value}; the median of the running averages of ${peers.length} earlier training jobs is ${middle}.`
  }
  return undefined
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function median(values: readonly number[]): number {
  const sorted = [...values].sort((first, second) => first - second)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? (sorted[middle] as number) : average(sorted.slice(middle - 1, middle + 1))
}
