import type { ContainerSpec } from '../../src/driver/driver.ts'
import { createMemoryEngine, type MemoryEngine } from '../../src/driver/memory.fixture.ts'
import { outsideOfLife } from './life.ts'
import { type ProgramPlan, programOf } from './programs.ts'

/** One container's whole life, whatever the engine still has of it. */
export interface Run {
  readonly spec: ContainerSpec
  readonly plan: ProgramPlan
}

/** Of tuning jobs, by name. */
export type TuningLimits = Map<
  string,
  { readonly MaxNumberOfTrainingJobs: number; readonly MaxParallelTrainingJobs: number }
>

interface Watched {
  readonly plans: ReadonlyMap<string, ProgramPlan>
  readonly limits: TuningLimits
  /** Takes each container when it starts. */
  readonly runs: Run[]
  note(what: string): void
  violate(what: string): void
}

const info = { engine: 'docker', version: 'memory', cpus: 4, memoryBytes: 16 * 1024 ** 3, gpus: 0 } as const

/** An engine that runs what was planned for its images, and says what must not run. */
export function createSimulatedEngine({ plans, limits, runs, note, violate }: Watched): MemoryEngine {
  const engine = createMemoryEngine(info, spec => {
    const { arn, attempt, host } = spec.key
    note(`container ${arn.split(':')[5]} ${attempt} ${host} starts`)
    if (runs.some(({ spec: { key } }) => key.arn === arn && key.attempt === attempt && key.host === host))
      violate(`${arn} ${attempt} ${host} ran twice`)
    checkParallel(arn)
    const plan = plans.get(spec.image) as ProgramPlan
    runs.push({ spec, plan })
    return run => outsideOfLife(() => programOf(plan)(run))
  })

  /** A tuning job runs no more training jobs at once than it may. */
  function checkParallel(arn: string): void {
    const [, tuning] = /training-job\/(h\d+)-/.exec(arn) ?? []
    if (tuning === undefined) return
    const most = limits.get(tuning)?.MaxParallelTrainingJobs ?? 1
    const running = [...engine.containers.values()].filter(({ state }) => state.status === 'running')
    const arns = new Set([arn, ...running.map(({ spec: { key } }) => key.arn)])
    const own = [...arns].filter(one => one.includes(`/${tuning}-`))
    if (own.length > most) violate(`${tuning} runs more than ${most} training jobs at once`)
  }

  return engine
}
