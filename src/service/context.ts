import type { Logger } from 'pino'
import type { Driver } from '../driver/driver.ts'
import type { MemoryClaim } from '../ground/memory-budget.ts'
import type { BlobStore } from '../store/blobs.ts'
import type { Store } from '../store/store.ts'
import type { Iam } from './iam.ts'
import type { Images } from './images.ts'
import type { Kms } from './kms.ts'
import type { LogSink } from './logs.ts'
import type { Market } from './market.ts'
import type { MetricSink } from './metrics.ts'
import type { Objects } from './objects.ts'
import type { Principal } from './principal.ts'
import type { Scanner } from './scan.ts'
import type { Workspace } from './workspace.ts'

/** Everything that an operation or a reconciler may use. Built once by the composition root, complete and readonly. */
export interface Platform {
  /** Random name of this data directory; labels what it owns in a shared engine. */
  readonly installation: string
  /** The URL that clients are told, without a trailing slash: `http://localhost:8600`. */
  readonly url: string
  readonly now: () => Date
  readonly log: Logger
  readonly store: Store
  readonly blobs: BlobStore
  readonly iam: Iam
  readonly kms: Kms
  readonly objects: Objects
  readonly images: Images
  readonly logs: LogSink
  readonly metrics: MetricSink
  readonly market: Market
  readonly driver: Driver
  readonly scanner: Scanner
  readonly workspace: Workspace
}

/** One request: who asks, where, and the platform. */
export interface Context extends Platform {
  readonly requestId: string
  readonly principal: Principal
  /** The account whose resources are named: the caller's. */
  readonly account: string
  readonly region: string
  /** `arn:aws:SERVICE:REGION:ACCOUNT:TYPE/NAME` of the service that is asked. */
  arn(type: string, name: string): string
  /** Request headers, lower-case, for the few operations that need more than their input. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Memory of what is held for the request, its body first; given back when the answer is out. */
  readonly memory: MemoryClaim
  /** Ends when the client goes away. */
  readonly signal: AbortSignal
}
