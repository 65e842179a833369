import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import type { MetricDatum, MetricSink } from '../service/metrics.ts'
import { notStarted } from './model-error.ts'
import type { Route, RouteInstance, RoutingTable } from './routing-table.ts'
import type { LeasedEndpoint, ServerlessLease, TakeLease } from './serverless-lease.ts'

/** Who asks serverless endpoints, as the control plane knows it for all workers. */
export interface ServerlessLeases {
  readonly take: TakeLease
  /** For how long nobody has asked, in milliseconds. Who has never been asked, as after a start of the server, is asked now. */
  idleFor(arn: string): number
  /** The container could not be started: who waits for it hears why. */
  failed(arn: string, reason: string): void
  /** The endpoint goes. */
  forget(arn: string): void
}

export interface ServerlessParts {
  readonly routes: Pick<RoutingTable, 'get' | 'changed' | 'outstanding'>
  /** Has the container started, unless it runs or is being started. */
  readonly wake: (arn: string) => Promise<void>
  readonly metrics: MetricSink
}

interface Use {
  count: number
  /** When it was last asked, by the clock that never steps. */
  last: number
  readonly waiting: Set<(reason: string) => void>
  /** One wish for all who wait. */
  waking?: Promise<void> | undefined
}

/** Longer than a container has to start in. */
const patienceMs = 200_000
/** An update that is given up takes a start with it, and nobody tells. */
const lookAgainMs = 1000

export function createServerlessLeases({ routes, wake, metrics }: ServerlessParts): ServerlessLeases {
  const uses = new Map<string, Use>()

  function useOf(arn: string): Use {
    const use = uses.get(arn) ?? { count: 0, last: clock.elapsed(), waiting: new Set() }
    uses.set(arn, use)
    return use
  }

  async function take(asked: LeasedEndpoint): Promise<ServerlessLease> {
    const use = useOf(asked.arn)
    const most = mostAtOnce(routes.get(asked.account, asked.region, asked.name))
    if (use.count >= most) throw throttled(asked, most)
    use.count++
    let ended = () => {}
    const letGo = once(() => {
      ended()
      use.count--
      use.last = clock.elapsed()
    })
    if (most < Number.POSITIVE_INFINITY)
      report(asked, [['ServerlessConcurrentExecutionsUtilization', use.count / most, 'None']])
    try {
      const instance = await awake(asked, use, found => {
        ended = routes.outstanding.begin(found)
      })
      return { instance, letGo }
    } catch (error) {
      letGo()
      throw error
    }
  }

  /** Throws ValidationError for an endpoint that has gone. */
  function running(asked: LeasedEndpoint): RouteInstance | undefined {
    const route = routes.get(asked.account, asked.region, asked.name)
    if (!route) throw gone(asked)
    return route.variants[0]?.instances[0]
  }

  /** `hold` is called at once with what is found, before anybody can stop it. */
  async function awake(asked: LeasedEndpoint, use: Use, hold: (found: RouteInstance) => void): Promise<RouteInstance> {
    const { arn, account, region, name } = asked
    const there = running(asked)
    if (there) {
      hold(there)
      return there
    }
    const failure = Promise.withResolvers<never>()
    failure.promise.catch(() => {})
    const fail = (reason: string) => failure.reject(notStarted(name, reason, asked))
    use.waiting.add(fail)
    try {
      for (const end = clock.elapsed() + patienceMs; clock.elapsed() < end; ) {
        const changed = routes.changed(account, region, name, lookAgainMs)
        const instance = running(asked)
        if (instance) {
          hold(instance)
          return instance
        }
        use.waking ??= wake(arn).finally(() => {
          use.waking = undefined
        })
        await Promise.race([use.waking, failure.promise])
        await Promise.race([changed, failure.promise])
      }
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'ModelError')
        report(asked, [
          ['Invocations', 1, 'Count'],
          ['Invocation5XXErrors', 1, 'Count'],
        ])
      throw error
    } finally {
      use.waiting.delete(fail)
    }
    throw new ServiceError('ServiceUnavailable', `The container of endpoint ${name} is still being started.`, {
      status: 503,
    })
  }

  type Value = readonly [name: string, value: number, unit: 'Count' | 'None']

  /** Source: SageMaker Developer Guide, "Alarms and logs for tracking metrics from serverless endpoints". */
  function report({ account, region, name }: LeasedEndpoint, values: readonly Value[]): void {
    const VariantName = routes.get(account, region, name)?.variants[0]?.name
    if (VariantName === undefined) return
    const rest = { dimensions: { EndpointName: name, VariantName }, time: new Date(clock.now()) }
    metrics.put(
      account,
      region,
      'AWS/SageMaker',
      values.map(([metric, value, unit]): MetricDatum => ({ name: metric, value, unit, ...rest })),
    )
  }

  return {
    take,
    idleFor(arn) {
      const { count, last } = useOf(arn)
      return count > 0 ? 0 : clock.elapsed() - last
    },
    failed(arn, reason) {
      for (const fail of uses.get(arn)?.waiting ?? []) fail(reason)
    },
    forget: arn => void uses.delete(arn),
  }
}

/** One that has become an endpoint of instances has no limit any more. */
const mostAtOnce = (route: Route | undefined): number =>
  route?.variants[0]?.serverless?.mostAtOnce ?? Number.POSITIVE_INFINITY

function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}

const throttled = ({ name }: LeasedEndpoint, most: number): ServiceError =>
  new ServiceError(
    'ThrottlingException',
    `Endpoint ${name} is invoked ${most} times at once, as often as its MaxConcurrency allows.`,
    { status: 400 },
  )

const gone = ({ name, account }: LeasedEndpoint): ServiceError =>
  new ServiceError('ValidationError', `Endpoint ${name} of account ${account} not found.`, { status: 400 })
