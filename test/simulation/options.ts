import type { SeededRandom } from './seeded-random.ts'

/** What one run is made of, drawn from its seed. Rates are probabilities a step; times in milliseconds of virtual time. */
export interface SimulationOptions {
  readonly trainingJobs: number
  readonly transformJobs: number
  readonly endpoints: number
  /** Updates of endpoints to another model, and bursts of invocations. */
  readonly updates: number
  readonly invocations: number
  /** Endpoints that answer later, and bursts of requests to them. */
  readonly asyncEndpoints: number
  readonly asyncBursts: number
  readonly tuningJobs: number
  /** Products to certify: algorithms and model packages. */
  readonly algorithms: number
  readonly packages: number
  /** Puts and deletions of objects. The sweeps run where there are some. */
  readonly objects: number
  /** Pushes of images, where there are objects. */
  readonly images: number
  /** Whether some of those images are scanned by themselves. */
  readonly scans: boolean
  /** Uploads in parts, where there are objects. */
  readonly uploads: number
  /** Products that are published, each by one change set. */
  readonly products: number
  /** Connections to hosts that want a token of their authorization server. */
  readonly connections: number
  /** Whether a rule has everything that is announced written into a log. */
  readonly listens: boolean
  /** Told values of what an alarm watches, and messages to a topic; rules count instances and guard updates where there are some. */
  readonly watched: number
  /** Whether the security log tells what is asked. */
  readonly records: boolean
  /** Wishes to stop, delete and update at random times. */
  readonly interventions: number
  /** Time in which all begins. */
  readonly horizonMs: number
  /** Whether a month ends meanwhile. */
  readonly monthEnds: boolean
  /** The server dies at this step: the commit or the call may have happened or not. */
  readonly killRate: number
  /** One call to the engine, the object store or the registry fails. */
  readonly callFailureRate: number
  /** One transaction meets a full disk. */
  readonly diskFullRate: number
  /** One event of the engine is lost. */
  readonly lostEventRate: number
  /** How often the engine is away for a while, and started anew. */
  readonly engineOutages: number
  readonly engineRestarts: number
  /** How often the machine's clock is set, by up to so much. */
  readonly clockSteps: number
  readonly clockStepMs: number
  readonly slowCallMs: number
  /** One commit is on the disk so much later than it was made; others see it meanwhile. */
  readonly slowCommitMs: number
}

export const drawOptions = ({ of }: SeededRandom): SimulationOptions => ({
  trainingJobs: of('trainingJobs').pick([0, 1, 2, 3]),
  transformJobs: of('transformJobs').pick([0, 0, 1, 2]),
  endpoints: of('endpoints').pick([0, 0, 1, 2]),
  updates: of('updates').pick([0, 0, 1, 2]),
  invocations: of('invocations').pick([0, 2, 6, 20]),
  asyncEndpoints: of('asyncEndpoints').pick([0, 0, 1]),
  asyncBursts: of('asyncBursts').pick([0, 2, 6, 20]),
  tuningJobs: of('tuningJobs').pick([0, 0, 0, 1]),
  algorithms: of('algorithms').pick([0, 0, 0, 1]),
  packages: of('packages').pick([0, 0, 0, 1]),
  objects: of('objects').pick([0, 0, 0, 8]),
  images: of('images').pick([0, 6]),
  scans: of('scans').chance(0.5),
  uploads: of('uploads').pick([0, 2]),
  products: of('products').pick([0, 0, 0, 0, 2]),
  connections: of('connections').pick([0, 0, 0, 0, 2]),
  listens: of('listens').chance(0.3),
  watched: of('watched').pick([0, 0, 0, 0, 5]),
  records: of('records').chance(0.2),
  interventions: of('interventions').between(0, 4),
  horizonMs: of('horizonMs').pick([5_000, 60_000, 600_000]),
  monthEnds: of('monthEnds').chance(0.5),
  killRate: of('killRate').pick([0, 0.002, 0.01, 0.03]),
  callFailureRate: of('callFailureRate').pick([0, 0.005, 0.03]),
  diskFullRate: of('diskFullRate').pick([0, 0, 0.01]),
  lostEventRate: of('lostEventRate').pick([0, 0.1, 0.5]),
  engineOutages: of('engineOutages').pick([0, 0, 1, 2]),
  engineRestarts: of('engineRestarts').pick([0, 0, 1, 2]),
  clockSteps: of('clockSteps').pick([0, 0, 1, 2]),
  clockStepMs: of('clockStepMs').pick([1_000, 3_600_000]),
  slowCallMs: of('slowCallMs').pick([0, 50, 5_000]),
  slowCommitMs: of('slowCommitMs').pick([0, 0, 0, 100, 3_000]),
})

/** The same world without anything that strikes it. */
export const withoutFaults = (options: SimulationOptions): SimulationOptions => ({
  ...options,
  ...{ killRate: 0, callFailureRate: 0, diskFullRate: 0, lostEventRate: 0 },
  ...{ engineOutages: 0, engineRestarts: 0, clockSteps: 0, slowCallMs: 0 },
  slowCommitMs: 0,
})
