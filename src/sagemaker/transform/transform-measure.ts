import type { ContainerState, Driver } from '../../driver/driver.ts'
import { clock } from '../../ground/clock.ts'
import type { Measured, MeasuredAnswers } from '../../service/market.ts'
import { type Answer, isGood } from '../../workload/invocation.ts'
import type { TransformJobRow } from './transform-job-row.ts'

/** So many answers tell the percentiles, the first ones; all are counted. */
const mostTimes = 10_000

export interface TransformMeasurement {
  /** Times a question; what it answers or throws goes through. */
  answered(ask: () => Promise<Answer>): Promise<Answer>
  /** To be called while the containers run. */
  result(): Promise<Measured>
}

/**
 * Measures a transform job whose containers have answered their first `/ping` at this moment. How long they took until then is told of the
 * first attempt alone, and only if nobody had begun it before: whoever takes it over does not know since when they are healthy.
 */
export async function measureTransform(
  { arn, attempt, request, transformStart }: TransformJobRow,
  driver: Driver,
): Promise<TransformMeasurement> {
  const now = clock.now()
  const containers = (await driver.list(arn)).filter(({ key }) => key.attempt === attempt)
  const startUpSeconds = transformStart === undefined ? slowest(containers, now) : undefined
  const times = createAnswerTimes(request.TransformInput.ContentType ?? '')
  return {
    answered: times.answered,
    async result() {
      const told = await Promise.all(containers.map(({ key }) => driver.peakMemory(key)))
      const peaks = told.filter(bytes => bytes !== undefined)
      const answers = times.result()
      return {
        instanceType: request.TransformResources.InstanceType as string,
        ...(startUpSeconds !== undefined && { startUpSeconds }),
        ...(peaks.length > 0 && { peakMemoryBytes: Math.max(...peaks) }),
        ...(answers && { answers }),
      }
    },
  }
}

function slowest(containers: readonly ContainerState[], now: number): number | undefined {
  const starts = containers.flatMap(({ startedAt }) => startedAt?.getTime() ?? [])
  return starts.length > 0 ? (now - Math.min(...starts)) / 1000 : undefined
}

/** Times answers by the clock of the process; a refused question counts for nothing. */
export function createAnswerTimes(contentType: string) {
  const times: number[] = []
  let [count, began, ended] = [0, Number.POSITIVE_INFINITY, 0]
  return {
    async answered(ask: () => Promise<Answer>): Promise<Answer> {
      const start = clock.elapsed()
      began = Math.min(began, start)
      const answer = await ask()
      if (!isGood(answer)) return answer
      ended = clock.elapsed()
      count++
      if (times.length < mostTimes) times.push(ended - start)
      return answer
    },
    /** Undefined when nothing was answered. */
    result(): MeasuredAnswers | undefined {
      if (count === 0) return undefined
      const sorted = times.toSorted((a, b) => a - b)
      const seconds = (ended - began) / 1000
      const perSecond = seconds > 0 ? count / seconds : count
      return { contentType, count, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99), perSecond }
    },
  }
}

/** By the nearest rank. */
const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] as number
