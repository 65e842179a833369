import { Readable } from 'node:stream'
import { type Dialect, Kysely, SqliteAdapter, SqliteIntrospector } from 'kysely'
import { pino } from 'pino'
import type { AuditTrail } from '../../src/audit/audit-trail.ts'
import { openSecurityLog } from '../../src/audit/security-log.ts'
import { scalableTargetReconciler } from '../../src/autoscaling/scalable-target.reconcile.ts'
import { deliveryReconciler } from '../../src/delivery/delivery.reconcile.ts'
import type { ContainerSpec, ContainerState, Driver } from '../../src/driver/driver.ts'
import type { MemoryEngine } from '../../src/driver/memory.fixture.ts'
import { imageScanReconciler } from '../../src/ecr/image-scan.reconcile.ts'
import { createLayerUploads, type LayerUploads } from '../../src/ecr/layer-upload.ts'
import { lifecyclePolicyReconciler } from '../../src/ecr/lifecycle-policy.reconcile.ts'
import { connectionReconciler } from '../../src/events/connection.reconcile.ts'
import { eventBusReconciler } from '../../src/events/event-bus.reconcile.ts'
import { ruleScheduleReconciler } from '../../src/events/rule-schedule.reconcile.ts'
import { targetReceivers } from '../../src/events/target-receiver.ts'
import { clock } from '../../src/ground/clock.ts'
import { ServiceError } from '../../src/ground/errors.ts'
import { randomness } from '../../src/ground/randomness.ts'
import { createLogs } from '../../src/logs/log-sink.ts'
import { openMaintenance } from '../../src/maintenance.ts'
import { createAgreementReconciler } from '../../src/marketplace/agreement/agreement.reconcile.ts'
import { createChangeSetReconciler } from '../../src/marketplace/catalog/change-set.reconcile.ts'
import { fineLogo } from '../../src/marketplace/catalog/logo.fixture.ts'
import { inputDriftReconciler } from '../../src/marketplace/drift/input-drift.ts'
import { inputWatchReconciler } from '../../src/marketplace/drift/input-watch.reconcile.ts'
import { evaluationRunReconciler } from '../../src/marketplace/evaluation/evaluation-run.reconcile.ts'
import { subscriberNoticeReconciler } from '../../src/marketplace/mail/subscriber-notice.reconcile.ts'
import { createMarket } from '../../src/marketplace/market.ts'
import { productRequestReconciler } from '../../src/marketplace/procurement/product-request.reconcile.ts'
import { metricAlarmReconciler } from '../../src/metrics/alarm/metric-alarm.reconcile.ts'
import { createMetrics, type Metrics } from '../../src/metrics/metric-sink.ts'
import { createWayOut } from '../../src/outgoing/way-out.ts'
import type { Reconciler } from '../../src/reconcile/reconciler.ts'
import { liveAlone } from '../../src/reconcile/server-life.ts'
import { startWorker, type Worker } from '../../src/reconcile/worker.ts'
import { createChooseTarget, createFindRoute } from '../../src/runtime/endpoint-target.ts'
import { countIn, openMeteringJournal } from '../../src/runtime/metering-journal.ts'
import { createRoutingTable } from '../../src/runtime/routing-table.ts'
import type { RuntimeParts } from '../../src/runtime/runtime-operation.ts'
import { createServerlessLeases } from '../../src/runtime/serverless-leases.ts'
import { createStoredSessions } from '../../src/runtime/stored-sessions.ts'
import { createObjects } from '../../src/s3/objects.ts'
import { capacityReconciler } from '../../src/sagemaker/capacity/capacity.reconcile.ts'
import { algorithmReconciler, modelPackageReconciler } from '../../src/sagemaker/product/certification.reconcile.ts'
import { asyncInferenceReconciler } from '../../src/sagemaker/serving/async-inference.reconcile.ts'
import { createProductInputs } from '../../src/sagemaker/serving/captured-inputs.ts'
import { type ComponentRoutes, createComponentRoutes } from '../../src/sagemaker/serving/component-routes.ts'
import { endpointReconciler } from '../../src/sagemaker/serving/endpoint.reconcile.ts'
import { inferenceComponentReconciler } from '../../src/sagemaker/serving/inference-component.reconcile.ts'
import { HostLost, type ModelHosts } from '../../src/sagemaker/serving/model-host.ts'
import { wake } from '../../src/sagemaker/serving/serverless-rest.ts'
import { trainingJobReconciler } from '../../src/sagemaker/training/training-job.reconcile.ts'
import type { TrainingWorkspace } from '../../src/sagemaker/training/training-workspace.ts'
import { createProductRuns } from '../../src/sagemaker/transform/product-runs.ts'
import { transformJobReconciler } from '../../src/sagemaker/transform/transform-job.reconcile.ts'
import { hyperParameterTuningJobReconciler } from '../../src/sagemaker/tuning/hyper-parameter-tuning-job.reconcile.ts'
import { followEngine } from '../../src/sagemaker/workload-events.ts'
import type { Platform } from '../../src/service/context.ts'
import type { Objects } from '../../src/service/objects.ts'
import { subscriptionReceivers } from '../../src/sns/subscription-receiver.ts'
import { topicReconciler } from '../../src/sns/topic.reconcile.ts'
import type { Database } from '../../src/store/database.ts'
import { LimitCompiler } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { describeExit, failureReason } from '../../src/workload/failure-reason.ts'
import { type Answer, isGood } from '../../src/workload/invocation.ts'
import type { Invoker } from '../../src/workload/invoke.ts'
import { createLogPumps } from '../../src/workload/log-pump.ts'
import { secrets, wayToTokens } from './authorization-server.ts'
import type { MemoryDisk } from './journal-disk.ts'
import { currentLife, live } from './life.ts'
import { type Blobs, memoryBlobs } from './memory-blobs.ts'
import type { MemoryLines } from './memory-lines.ts'
import type { ProgramPlan } from './programs.ts'
import { type Copies, type Letters, mailReceivers, memoryEscrow } from './shop.ts'
import {
  allowingIam,
  allowingKms,
  judgingScanner,
  layerScanner,
  memoryObjects,
  memoryWorkspace,
  namedImages,
  worker as principal,
  type Step,
} from './stubs.ts'
import { alarmActions, type HeardMessages, wayToListeners } from './watch-post.ts'

/** What outlives every server: the disk, the engine, the buckets. */
export interface Remains {
  readonly store: Store
  readonly engine: MemoryEngine
  readonly objects: Map<string, Buffer>
  readonly writes: Map<string, number>
  readonly marks: Map<string, Set<string>>
  readonly plans: ReadonlyMap<string, ProgramPlan>
  /** Images that the scanner refuses. */
  readonly blocked: Set<string>
  readonly journals: MemoryDisk
  readonly lines: MemoryLines
  readonly heardMessages: HeardMessages
  readonly copies: Copies
  readonly letters: Letters
  /** What the authorization server gave. */
  readonly tokens: Set<string>
  /** Whether what is measured is kept. */
  readonly watches: boolean
  readonly blobs: Blobs
  /** Whether the sweeps run. */
  readonly sweeps: boolean
  readonly isFull: () => boolean
  readonly violate: (what: string) => void
  readonly losesEvent: () => boolean
  /** What a container at an endpoint or in a transform job answers. */
  readonly answerOf: (spec: ContainerSpec) => Answer
}

export interface SimulatedServer {
  readonly platform: Platform
  readonly worker: Worker
  readonly runtime: RuntimeParts
  readonly endRoute: (arn: string) => Promise<void>
  readonly endComponent: ComponentRoutes['remove']
  /** The object store of clients. That of jobs is simulated. */
  readonly s3: Objects
  readonly uploads: LayerUploads
  readonly trail: AuditTrail
  readonly metrics: Metrics
  /** Aborts all that it waits for: also of one that was killed, or the process would keep what waits for ever. */
  end(): void
}

const loadingMs = 50
export const rootSecret = Buffer.alloc(32)
const silent = pino({ enabled: false })
const unkept = { put() {} }
/** Messages go out as they are, so nothing is signed. */
const unsigned = { mailer: undefined, keys: {} as never, tokens: {} as never, url: '' }
/** No rule of a simulation has a target outside. */
const outside = { wayOut: createWayOut({ allowed: [], ownPorts: [] }), secrets }

/** Starts what `server.ts` starts, on the parts that outlive it, with every way out of its code a `step`. */
export async function startSimulatedServer(
  remains: Remains,
  step: Step,
  change: (platform: Platform) => Platform,
): Promise<SimulatedServer> {
  const store = steppingStore(remains.store, step)
  const driver = steppingDriver(remains.engine.connect(), step, remains.losesEvent)
  const now = () => new Date(clock.now())
  const platform = change({
    ...{
      installation: 'simulation',
      url: 'http://127.0.0.1:8600',
      now,
      log: silent,
      store,
      driver,
    },
    ...{ iam: allowingIam, kms: allowingKms, objects: memoryObjects(remains, step), images: namedImages(step) },
    ...{ logs: createLogs({ store, now }), metrics: remains.watches ? createMetrics({ store, log: silent }) : unkept },
    market: createMarket({ store, now, escrowAccount: '865070037744' }),
    blobs: memoryBlobs(remains.blobs, step),
    workspace: memoryWorkspace(remains.marks, step),
    scanner: judgingScanner(remains.blocked, step),
  } as unknown as Platform)
  const securityLog = openSecurityLog({
    ...{ store: platform.store, rootSecret, log: silent },
    files: remains.lines.mount(step, remains.isFull),
  })
  const s3 = createObjects({ ...platform, keys: { rootSecret } }, principal)
  const uploads = createLayerUploads(platform)
  const maintenance = openMaintenance(platform, uploads, securityLog)
  const pumps = createLogPumps(platform.driver, platform.logs)
  const hosts = simulatedHosts(platform, pumps, remains)
  const invoker = simulatedInvoker(remains, step)
  const routes = createRoutingTable()
  const componentRoutes = createComponentRoutes(store, routes)
  const findRoute = createFindRoute(routes, store)
  const leases = createServerlessLeases({
    routes,
    metrics: platform.metrics,
    wake: arn => wake(store, arn, clock.now()),
  })
  const { log, market } = platform
  const journal = await openMeteringJournal(
    { directory: '', count: countIn(platform.store, market), log },
    remains.journals.mount(step, remains.isFull),
  )
  await liveAlone(store)
  const worker = startWorker({
    ...{ store: platform.store, log: platform.log },
    reconcilers: onceAtATime(remains.violate, {
      capacity: capacityReconciler(platform, () => 8 * 1024 ** 3),
      'training-job': trainingJobReconciler(platform, { pumps, workspace: trainingWorkspace(remains, step) }),
      'transform-job': transformJobReconciler(platform, {
        ...{ hosts, invoker, pumps, executionParameters: async () => ({}) },
      }),
      'hyper-parameter-tuning-job': hyperParameterTuningJobReconciler(platform),
      algorithm: algorithmReconciler(platform),
      'model-package': modelPackageReconciler(platform),
      endpoint: endpointReconciler(platform, hosts, pumps, routes, { leases, idleMs: 60_000 }, componentRoutes),
      'inference-component': inferenceComponentReconciler(platform, hosts, pumps, routes, componentRoutes),
      'async-inference': asyncInferenceReconciler({ platform, invoker, routes }),
      'rule-schedule': ruleScheduleReconciler(platform),
      topic: topicReconciler(platform),
      'metric-alarm': metricAlarmReconciler({ ...platform, actions: alarmActions }),
      'scalable-target': scalableTargetReconciler(platform),
      'lifecycle-policy': lifecyclePolicyReconciler(platform),
      'image-scan': imageScanReconciler({ ...platform, scanner: layerScanner(step) }),
      'event-connection': connectionReconciler({ ...platform, secrets, wayOut: wayToTokens(remains.tokens, step) }),
      'event-bus': eventBusReconciler(platform),
      'event-delivery': deliveryReconciler({
        ...platform,
        receivers: {
          events: targetReceivers({ ...platform, ...outside }),
          ...mailReceivers(remains.letters, step),
          sns: subscriptionReceivers({ ...unsigned, wayOut: wayToListeners(remains.heardMessages, step) }),
        },
      }),
      ...maintenance.reconcilers,
      agreement: createAgreementReconciler({ store: platform.store, now }),
      'change-set': createChangeSetReconciler({
        ...platform,
        escrow: memoryEscrow(remains.copies, step),
        sellerName: () => 'Seller',
        readLogo: () => step('read logo', async () => fineLogo),
        operator: async () => undefined,
      }),
      'subscriber-notice': subscriberNoticeReconciler(platform),
      'product-request': productRequestReconciler(platform),
      'input-watch': inputWatchReconciler({ ...platform, inputs: createProductInputs(platform) }),
      'input-drift': inputDriftReconciler(platform),
      'evaluation-run': evaluationRunReconciler({ ...platform, runs: createProductRuns(platform) }),
    }),
  })
  if (remains.sweeps) await maintenance.begin()
  const sessions = createStoredSessions(platform.store, async () => {})
  const following = new AbortController()
  void followEngine(platform, following.signal)
  return {
    ...{
      platform,
      worker,
      s3,
      uploads,
      metrics: platform.metrics as Metrics,
      trail: securityLog.trail,
      endRoute: routes.remove,
      endComponent: componentRoutes.remove,
      runtime: {
        findRoute,
        chooseTarget: createChooseTarget(findRoute, routes.outstanding, sessions, leases.take),
        invoker,
        journal,
        capture: { take() {} },
        sessions,
      },
    },
    end() {
      following.abort()
      void worker.stop()
      void pumps.stop()
    },
  }
}

/** Nobody works on a key while another does. */
function onceAtATime(violate: Remains['violate'], reconcilers: Record<string, Reconciler>): Record<string, Reconciler> {
  const active = new Set<string>()
  const watched = ([kind, reconcile]: [string, Reconciler]): [string, Reconciler] => [
    kind,
    async (key, signal, wishes) => {
      const name = `${kind} ${key}`
      if (active.has(name)) violate(`${name} is worked on twice at once`)
      active.add(name)
      try {
        return await reconcile(key, signal, wishes)
      } finally {
        active.delete(name)
      }
    },
  ]
  return Object.fromEntries(Object.entries(reconcilers).map(watched))
}

/** Statements and commits are ways out: a server may die before one, or after it and before it hears. */
function steppingStore(store: Store, step: Step): Store {
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: db => new SqliteIntrospector(db),
    createQueryCompiler: () => new LimitCompiler(),
    createDriver: () => ({
      init: async () => {},
      acquireConnection: async () => ({
        executeQuery: query => step('statement', () => store.db.executeQuery(query)) as never,
        async *streamQuery(query) {
          yield (await step('statement', () => store.db.executeQuery(query))) as never
        },
      }),
      beginTransaction: () => Promise.reject(new Error('transactions are the store’s')),
      commitTransaction: async () => {},
      rollbackTransaction: async () => {},
      releaseConnection: async () => {},
      destroy: async () => {},
    }),
  }
  return {
    db: new Kysely<Database>({ dialect }),
    server: randomness.uuid(),
    fence() {},
    wishNews: () => undefined,
    talk: () => undefined,
    transaction: work => {
      const life = currentLife()
      // What is set going within a transaction dies with its server.
      return step('commit', () => store.transaction(tx => (life ? live(life, () => work(tx)) : work(tx))))
    },
    stuck: () => undefined,
    shrink: async () => {},
    size: async () => 0,
    damage: async () => [],
    hold: async () => async () => {},
    close: async () => {},
  }
}

function steppingDriver(engine: Driver, step: Step, losesEvent: () => boolean): Driver {
  return {
    info: () => step('engine info', () => engine.info()),
    proveIsolation: () => engine.proveIsolation(),
    ensureImage: source => step('engine image', () => engine.ensureImage(source)),
    start: spec => step('engine start', () => engine.start(spec)),
    observe: key => step('engine observe', () => engine.observe(key)),
    peakMemory: key => step('engine peak memory', () => engine.peakMemory(key)),
    list: arn => step('engine list', () => engine.list(arn)),
    stop: (key, graceSeconds) => step('engine stop', () => engine.stop(key, graceSeconds)),
    remove: (arn, attempt) => step('engine remove', () => engine.remove(arn, attempt)),
    async *logs(key, cursor, signal) {
      await step('engine logs', async () => {})
      yield* engine.logs(key, cursor, signal)
    },
    async *events(signal) {
      await step('engine events', async () => {})
      for await (const event of engine.events(signal)) if (event === undefined || !losesEvent()) yield event
    },
  }
}

/** Files are not simulated: what staging and saving do is a step each, and saved is saved. */
const trainingWorkspace = ({ objects }: Remains, step: Step): TrainingWorkspace => ({
  stage: () => step('stage', async () => ''),
  isStaged: async () => true,
  mounts: () => [],
  brokenPipes: () => undefined,
  followCheckpoints: () => {},
  failureOf: (_job, failed) => step('read failure', async () => `AlgorithmError: ${describeExit(failed)}`),
  collect: job =>
    step('collect', async () => {
      const model = `s3://out/${job.name}/output/model.tar.gz`
      objects.set(`out/${job.name}/output/model.tar.gz`, Buffer.from(String(job.attempt)))
      return { model }
    }),
  endStreams: async () => {},
  discard: () => step('discard', async () => {}),
})

function simulatedHosts(platform: Platform, pumps: ReturnType<typeof createLogPumps>, remains: Remains): ModelHosts {
  const { driver } = platform
  const keyOf = ({ arn, attempt, host }: Parameters<ModelHosts['start']>[0]) => ({ arn, attempt, host })
  const requireThere = (state: ContainerState | undefined): ContainerState => {
    if (!state) throw new HostLost('The container is gone from the container engine.')
    if (state.endedByEngine) throw new HostLost('The container engine was started anew.')
    return state
  }
  return {
    async start(spec) {
      const [container] = spec.containers
      // Instances for inference components start nothing.
      if (!container) return
      const image = await driver.ensureImage(await platform.images.source(container.imageDigest))
      const state = await driver.start({
        ...{ key: keyOf(spec), image, command: ['serve'], environment: {}, mounts: [] },
        network: { kind: 'internal', name: spec.arn },
        limits: { cpus: 1, memoryBytes: 1, sharedMemoryBytes: 1, pids: 1, gpus: 0 },
      })
      pumps.follow(keyOf(spec), spec.stream)
      requireThere(state)
    },
    async healthy(spec, signal) {
      if (spec.containers.length === 0) return []
      const healthyAfter = remains.plans.get(spec.containers[0]?.imageDigest as string)?.healthyAfterMs
      const begun = clock.elapsed()
      for (;;) {
        const state = requireThere(await driver.observe(keyOf(spec)))
        if (state.status === 'exited') {
          await pumps.drained(keyOf(spec))
          throw new ServiceError('AlgorithmError', failureReason(`The container ended (${describeExit(state)})`))
        }
        const spent = clock.elapsed() - begun
        if (healthyAfter !== undefined && spent >= healthyAfter) return [state.address as string]
        if (spent > spec.startupTimeoutSeconds * 1000) throw new ServiceError('AlgorithmError', 'no answer to ping')
        await clock.sleep(Math.max(loadingMs, Math.min(1000, spent)), signal)
      }
    },
    targetModels: () => undefined,
    tellEnds: async () => {},
    removeAttempt: (arn, attempt) => driver.remove(arn, attempt),
    observe: async spec => (spec.containers.length === 0 ? [] : [await driver.observe(keyOf(spec))]),
  }
}

function simulatedInvoker({ engine, answerOf }: Remains, step: Step): Invoker {
  const post = (address: string): Promise<Answer> =>
    step('invoke', async () => {
      const found = [...engine.containers.values()].find(({ state }) => state.address === address)
      if (found?.state.status !== 'running')
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      return answerOf(found.spec)
    })
  return {
    async invoke([address = ''], _invocation, _timeoutMs, _signal, answered) {
      const answer = await post(address)
      if (isGood(answer)) await answered?.(0, answer)
      return answer
    },
    async open(addresses) {
      const { body, ...head } = await post(addresses.at(-1) ?? '')
      return { ...head, body: Readable.from([body]), whole: async () => body, leave: () => {} }
    },
    close: async () => {},
  }
}
