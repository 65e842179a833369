import type { ChaosJob, End } from './chaos-jobs.ts'
import type { Ledger } from './chaos-storm.ts'

/** A job with the time for which it was there. */
export interface Lived {
  readonly job: ChaosJob
  readonly from: number
  readonly to: number
  readonly end: End
}

/**
 * What is wrong with how a job has ended, given all that was done; undefined when it is the truth. A job to which nothing was done
 * must be done; one that failed must tell of something that was done to it, whatever else was.
 */
export function untruth({ job, from, to, end }: Lived, ledger: Ledger): string | undefined {
  const { status, reason = '' } = end
  const done = excuses(job, from, to, ledger)
  const told = `${job.kind} ${job.name} ${status}: ${reason}`
  if (status === 'Completed' || status === 'InService')
    return job.kind === 'flood' ? `${told}, and it wrote more than the disk holds` : undefined
  if (status !== 'Failed') return `${told}, and nobody has stopped it`
  if (done.some(({ words }) => words.test(reason))) return undefined
  return `${told}\n  tells nothing of what was done to it: ${done.map(({ what }) => what).join(', ') || 'nothing'}`
}

interface Excuse {
  readonly what: string
  readonly words: RegExp
}

const diskWords = /No space left on device|ENOSPC|disk is full|disk .*full|Input\/output error/i
const engineWords = /container engine/

function excuses(job: ChaosJob, from: number, to: number, ledger: Ledger): Excuse[] {
  const mine = new RegExp(`/${job.name}($|-)`)
  const struck = ledger.strikes
    .filter(({ arn }) => mine.test(arn))
    .map(({ how, host }) => ({
      what: `${host}: ${how}`,
      // The engine kills before it removes; which of the two the server sees is a matter of chance.
      words: how === 'kill' ? /killed by signal 9/ : /killed by signal 9|gone from the container engine/,
    }))
  const during = (span: { from: number; to: number }) => span.from <= to && span.to >= from
  const restarts = ledger.restarts.filter(during).map(() => ({ what: 'engine restart', words: engineWords }))
  const full = ledger.full.filter(during).map(() => ({ what: 'full disk', words: diskWords }))
  const own = job.kind === 'flood' ? [{ what: 'writes too much', words: diskWords }] : []
  return [...struck, ...restarts, ...full, ...own]
}
