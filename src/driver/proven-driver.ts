import { clock } from '../ground/clock.ts'
import type { Driver, IsolationReport } from './driver.ts'

export interface ProvenDriver extends Driver {
  /** What came of the probe; runs it on the first call. Rejects while the engine is away. */
  proof(): Promise<IsolationReport>
  /** Why no container is started at the moment, as far as the last proof tells; undefined while there is no reason. */
  problem(): string | undefined
  /** Resolves once no probe is under way, and what it has made is removed; after ten seconds in any case. */
  close(): Promise<void>
}

export interface ProvenDriverOptions {
  /** Runs seller code even if the probe got out. */
  readonly allowEscape: boolean
  readonly onProof?: (report: IsolationReport) => void
}

/** The engine would let seller code out, so nothing is started. Tried again by who asked: the machine may be mended meanwhile. */
export class NotIsolated extends Error {
  constructor({ escaped }: IsolationReport) {
    super(
      `Seller code is not run here, because a probe container got out: ${escaped.join('; ')}. See modelmart doctor.`,
    )
    this.name = 'NotIsolated'
  }
}

/** Some five times as long as a probe takes. */
const probeMs = 10_000

/** Runs the probe, after what an earlier one has left when its server was killed: no resource knows those containers. */
async function prove(driver: Driver): Promise<IsolationReport> {
  const strays = (await driver.list()).map(({ key }) => key.arn).filter(arn => !arn.startsWith('arn:'))
  for (const arn of new Set(strays)) await driver.remove(arn)
  return driver.proveIsolation()
}

/**
 * A driver that connects to its engine when first needed and starts no container before a probe has shown that it cannot get out.
 * A failed proof is made again after a minute at the earliest.
 */
export function createProvenDriver(
  connect: () => Promise<Driver>,
  { allowEscape, onProof }: ProvenDriverOptions,
): ProvenDriver {
  let connection: Promise<Driver> | undefined
  let proving: Promise<IsolationReport> | undefined
  let problem: string | undefined

  function engine(): Promise<Driver> {
    connection ??= connect().catch(error => {
      connection = undefined
      throw error
    })
    return connection
  }

  function proof(): Promise<IsolationReport> {
    proving ??= engine()
      .then(prove)
      .then(
        report => {
          problem = report.isolated || allowEscape ? undefined : new NotIsolated(report).message
          if (!report.isolated) setTimeout(() => (proving = undefined), 60_000).unref()
          onProof?.(report)
          return report
        },
        error => {
          problem = (error as Error).message
          proving = undefined
          throw error
        },
      )
    return proving
  }

  return {
    proof,
    problem: () => problem,
    async close() {
      if (!proving) return
      const late = Promise.withResolvers<void>()
      using _ = clock.after(probeMs, late.resolve)
      await Promise.race([proving, late.promise]).catch(() => {})
    },
    proveIsolation: proof,
    info: async () => (await engine()).info(),
    ensureImage: async source => (await engine()).ensureImage(source),
    async start(spec) {
      const report = await proof()
      if (!report.isolated && !allowEscape) throw new NotIsolated(report)
      return (await engine()).start(spec)
    },
    observe: async key => (await engine()).observe(key),
    peakMemory: async key => (await engine()).peakMemory(key),
    list: async arn => (await engine()).list(arn),
    stop: async (key, graceSeconds) => (await engine()).stop(key, graceSeconds),
    remove: async (arn, attempt) => (await engine()).remove(arn, attempt),
    async *logs(key, cursor, signal) {
      yield* (await engine()).logs(key, cursor, signal)
    },
    async *events(signal) {
      yield* (await engine()).events(signal)
    },
  }
}
