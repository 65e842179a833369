import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { Server as TlsServer } from 'node:https'
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { openLineFiles } from './audit/line-files.ts'
import { openSecurityLog } from './audit/security-log.ts'
import { operatorLink, signInLinks } from './cli/console-command.ts'
import { createExamplePublisher } from './cli/example-publisher.ts'
import { installationName, openInstallation, refreshProfiles, rememberUrls } from './cli/installation.ts'
import { operatorEvent } from './cli/on-installation.ts'
import { createConsoleFiles } from './console/console-files.ts'
import { createSessionApi } from './console/session-api.ts'
import type { OnVisit } from './driver/container-door.ts'
import { createDockerDriver } from './driver/docker.ts'
import { type ImageServer, isForNodes } from './driver/kubernetes/image-server.ts'
import { type ClusterSettings, clusterImages } from './driver/kubernetes/open.ts'
import { createProvenDriver, type ProvenDriver } from './driver/proven-driver.ts'
import { rememberRegistryHost } from './ecr/registry-hosts.ts'
import { createCallLedger } from './gateway/call-ledger.ts'
import { createContainerVisits } from './gateway/container-visits.ts'
import { followTlsPair } from './gateway/follow-tls-pair.ts'
import { createGateways } from './gateway/gateway.ts'
import { createHandOn, type HandOn } from './gateway/hand-on.ts'
import { notificationLinksHandler } from './gateway/notification-links.ts'
import { createRequestLimits, type RateLimits, type Spent, spendIn, usualRates } from './gateway/rate-limit.ts'
import type { RawHandler } from './gateway/raw-routes.ts'
import { createRequestMetrics } from './gateway/request-metrics.ts'
import { addServerMetrics } from './gateway/server-metrics.ts'
import { shareRates } from './gateway/shared-rates.ts'
import { readTlsPair, type TlsFiles } from './gateway/tls-pair.ts'
import { clock } from './ground/clock.ts'
import type { Place } from './invoke/plane-messages.ts'
import { openServerDoor, type ServerDoor, type WishedPlace } from './invoke/server-door.ts'
import { operatorAccount } from './operator/operator-account.ts'
import { createOperatorService } from './operator/operator-service.ts'
import type { MailerOptions } from './outgoing/mailer.ts'
import { directoryOfPeer, factsOf, lockInTurn, requirePeersCan, sharesDirectory } from './peers/peer-options.ts'
import { joinPeers, noPeers, type Peers } from './peers/peers.ts'
import { prepareToWork, type Working } from './peers/working.ts'
import { openPlatform } from './platform.ts'
import { liveAlone } from './reconcile/server-life.ts'
import type { MeteringSync } from './runtime/journal-directory.ts'
import { tunnelEnvironment } from './sagemaker/container-access.ts'
import { setPageTokenSecret } from './service/page.ts'
import { dataDirectory } from './store/data-directory.ts'
import { openDiskRoom, openingFailure } from './store/disk-room.ts'
import { lockExclusively } from './store/exclusive-lock.ts'
import { watchLog } from './store/log-watch.ts'
import type { ObjectsOptions } from './store/open-blobs.ts'
import type { Store, Wish, WishNews } from './store/store.ts'

export interface ServerOptions {
  /** Data directory; made when absent. */
  readonly data: string
  /** `postgres://…`, where the rows are to be; where the data directory remembers, when absent. */
  readonly database?: string | undefined
  /** Where content is to be, and how it is reached. */
  readonly objects?: ObjectsOptions | undefined
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** `https://HOST`: what the world calls this server; where it listens, as localhost, when absent. */
  readonly publicUrl?: string | undefined
  /** `http://HOST:PORT`, where other servers on the database reach this one: one of them works, and all answer. Alone when absent. */
  readonly peerUrl?: string | undefined
  /** `unix://…` of Docker or Podman. */
  readonly engineSocket: string
  /** Whether the engine does not see this program's own files: it is shown copies of them in the data directory. */
  readonly engineOutside?: boolean | undefined
  /** The cluster that runs containers, instead of an engine on a socket. */
  readonly cluster?: ClusterSettings | undefined
  /** 64 hexadecimal digits; the directory's own secret file otherwise. */
  readonly rootSecret?: string
  /** Runs seller code even if the isolation probe gets out. */
  readonly allowUnisolated: boolean
  /** Answers 500 where an answer breaks its API's model: for tests. */
  readonly checkAnswers?: boolean
  /** Takes S3 URLs presigned with signature version 2. */
  readonly allowSignature2?: boolean
  /** Speaks TLS with this certificate, and with another one as soon as it lies there; plain http when absent. */
  readonly tls?: TlsFiles
  /** Answers by AWS's own names too, with certificates of the data directory's own authority. */
  readonly awsNames?: boolean
  /** Takes passwords over plain http from other machines too. */
  readonly allowPlainSignIn?: boolean
  readonly rates?: RateLimits
  /** Identity providers' hosts that may stand at addresses that are not public. */
  readonly openIdHosts?: ReadonlySet<string>
  /** `HOST:PORT` each: where containers that are not isolated may connect to, besides this server. */
  readonly containerHosts?: ReadonlySet<string>
  /** Networks that tenants' receivers may stand in although they are not public: `10.0.0.0/8`. */
  readonly allowOutgoing?: readonly string[]
  /** The mail server, and the address that mail is from. */
  readonly mail?: MailerOptions
  /** Who shows it may read `/metrics` and the details of `/healthz`. */
  readonly metricsToken?: string
  /** A file that is told which operations official clients called with success: for tests. */
  readonly callLedger?: string | undefined
  /** Of processes that answer invocations; with 0, as when absent, the server does it. */
  readonly invokeWorkers?: number
  /** Whether the disk has what an answer of a product costs before it is given, as when absent, or a moment after. */
  readonly meteringSync?: MeteringSync
  /** Where they do: the port after `port`, or any free one when that is taken, when absent. */
  readonly invokePort?: number | undefined
  /** For how long nobody asks a serverless endpoint before its container stops; five minutes when absent. */
  readonly serverlessIdleMs?: number
  readonly log: Logger
}

export interface Server {
  readonly url: string
  /** Where invocations are taken besides. */
  readonly invokeUrl: string
  readonly driver: ProvenDriver
  /** A link to the console for each of the oldest accounts, which signs in once. */
  signInLinks(): Promise<readonly { readonly account: string; readonly link: string }[]>
  /** Such a link for the operator, whose account is made when it is first asked for. */
  operatorLink(): Promise<string>
  /** Resolves once what jobs and endpoints that have ended left is gone from engine and disk; after a minute in any case. */
  settled(): Promise<void>
  /** Resolves with the reason when another server may take the data: this one is to end. */
  readonly lost: Promise<string>
  /** Takes no more requests, lets those under way end, and leaves the data closed. Containers run on. */
  close(): Promise<void>
}

/** Opens a data directory and serves it. Resolves when requests are accepted. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { data, log } = options
  const tls = options.tls && readTlsPair(options.tls)
  const sni = options.awsNames && (await awsNamesOf(options))
  mkdirSync(data, { recursive: true, mode: 0o700 })
  // Before anything writes: on a full disk nothing else would start.
  const room = openDiskRoom(dataDirectory(data).reserve, {
    full: problem => log.error({ data }, problem),
    roomAgain: () => log.info({ data }, 'the disk has room again'),
  })
  const asPeer = options.peerUrl === undefined ? undefined : { ...options, peerUrl: options.peerUrl }
  // Of several servers the one that works locks the directory that they share.
  const isShared = sharesDirectory(options)
  let unlock = isShared ? () => {} : lockOf(data)
  let working: Working | undefined
  let news: WishNews | undefined
  const installation = await openInstallation({
    ...{ data, database: options.database },
    rootSecret: options.rootSecret,
    onEnqueue: wishes => (working ? working.wake(wishes) : news?.tell(wishes)),
    checkPlans: options.checkAnswers,
  })
  const { store, rootSecret } = installation
  const directory =
    asPeer && isShared ? directoryOfPeer(installation.directory, asPeer.peerUrl) : installation.directory
  const { promise: lost, resolve: lose } = Promise.withResolvers<string>()
  let isLost = false
  const onLost = (reason: string) => {
    if (isLost) return
    isLost = true
    log.error({ data }, reason)
    // Another one may be at its work already.
    if (asPeer) void working?.stop()
    lose(reason)
  }
  const hear = { heard: (wishes: readonly Wish[]) => working?.wake(wishes), missed: () => void working?.look() }
  async function openPeers(): Promise<Peers> {
    if (!asPeer) {
      const leave = await store.hold(onLost)
      await liveAlone(store)
      return noPeers(leave)
    }
    await requirePeersCan(store, asPeer)
    const onError = (err: unknown) => log.warn({ err }, 'the other servers could not be looked at')
    const facts = factsOf(asPeer, directory, rootSecret)
    const joined = await joinPeers(store, facts, { lost: onLost, onFreed: hear.missed, onError })
    news = store.wishNews(hear)
    return joined
  }
  const peers = await openPeers().catch(async error => {
    // Its connections would keep alive a process that has nothing more to do.
    await store.close()
    await room.close()
    unlock()
    throw error
  })
  const logWatch = watchLog(directory.database, {
    grows: problem => log.error({ database: directory.database }, problem),
    well: () => log.info({ database: directory.database }, 'nobody keeps the log of the database any more'),
  })
  setPageTokenSecret(createHmac('sha256', rootSecret).update('page token').digest())
  const name = await installationName(installation)
  const onError = (error: Error) => log.warn({ err: error }, 'the container engine refused')
  let receive = turnAway
  let drains = false
  const common = {
    ...{ installation: name, onError },
    onVisit: ((visitor, socket) => receive(visitor, socket)) satisfies OnVisit,
    doorEnvironment: tunnelEnvironment(options.containerHosts),
  }
  const cluster = options.cluster && {
    settings: options.cluster,
    ...clusterImages({
      ...{ ...common, rootSecret, imagesUrl: requirePublicUrl(options) },
      ...{ marks: directory.seenImages, work: directory.work },
    }),
  }
  const driver = createProvenDriver(
    () =>
      cluster
        ? cluster.open(cluster.settings)
        : createDockerDriver({
            ...common,
            socket: options.engineSocket,
            startsFile: directory.engineStarts,
            ...(options.engineOutside && { shownFiles: directory.shownFiles }),
          }),
    {
      allowEscape: options.allowUnisolated,
      onProof: report =>
        report.isolated ? log.info('isolation is proven') : log.error({ report }, 'a probe container got out'),
    },
  )

  // The port is known before the platform is built, since image URIs and presigned URLs hold it.
  const port = options.port || (await freePort(options.host))
  const url = options.publicUrl ?? `${tls ? 'https' : 'http'}://localhost:${port}`
  const { openIdHosts, allowOutgoing, mail } = options
  const ownPorts = [port]
  const { serverlessIdleMs, rates = usualRates } = options
  const asked = { openIdHosts, mail, serverlessIdleMs, outgoing: { allowed: allowOutgoing ?? [], ownPorts } }
  const workers = {
    ...{ count: options.invokeWorkers ?? 0, tls: options.tls, rates },
    ...{ checkAnswers: options.checkAnswers ?? false, callLedger: options.callLedger },
    // What this machine's disk has is lost with the machine.
    countsAtOnce: asPeer !== undefined && !isShared,
    meteringSync: options.meteringSync ?? 'before',
  }
  const objects = options.objects ?? {}
  const given = { directory, store, objects, rootSecret, driver, installation: name, url, log, room, workers, ...asked }
  const parts = await openPlatform(given)
  const { blobs } = parts.platform
  const works = () => asPeer === undefined || working !== undefined
  const securityLog = openSecurityLog({
    ...{ store, rootSecret, log },
    files: openLineFiles(directory.audit),
    isWriter: () => !isShared || works(),
  })
  const exampleProducts = createExamplePublisher(options.data)
  const operator = createOperatorService({
    exampleProducts,
    ...{
      rootSecret,
      sellerName: parts.sellerName,
      onAccount: () => refreshProfiles(installation),
      onDisabled: parts.iam.changed,
    },
    problems: {
      engine: async () => (await engineHealth(driver)).problem,
      disk: () => room.problem(),
      objects: blobs.problem,
      database: () => store.stuck() ?? logWatch.problem(),
    },
  })
  const handOn =
    asPeer &&
    createHandOn({
      secret: rootSecret,
      publicUrl: options.publicUrl,
      isWorking: works,
      async working() {
        const address = await peers.working()
        return address === asPeer.peerUrl ? undefined : address
      },
    })
  const visits = createContainerVisits({ iam: parts.iam, audit: securityLog.trail })
  const requests = createRequestMetrics()
  const limits = createRequestLimits(rates, spent => {
    parts.plane.spend(spent)
    shared?.tell(spent)
  })
  const shared =
    asPeer &&
    shareRates(store, spent => {
      spendIn(limits, spent)
      parts.plane.spend(spent)
    })
  const spentByWorker = (spent: Spent) => {
    spendIn(limits, spent)
    shared?.tell(spent)
  }
  const { server: gateway, behindDoors } = createGateways({
    visits,
    requests,
    containerHosts: options.containerHosts,
    platform: parts.platform,
    services: [...parts.services, operator],
    registry: cluster ? forNodesToo(cluster.images, parts.registry, handOn) : parts.registry,
    console: createConsoleFiles(consoleDirectory()),
    consoleSession: createSessionApi({
      url,
      ...{ iam: parts.iam, audit: securityLog.trail, log, documents: parts.openIdDocuments },
      allowPlainSignIn: options.allowPlainSignIn ?? false,
      isOperator: async account => (await operatorAccount(store.db)) === account,
    }),
    notificationLinks: notificationLinksHandler(parts.notificationLinks),
    cors: parts.cors,
    handOn,
    noteUse: parts.noteUse,
    room,
    audit: securityLog.trail,
    limits,
    metricsToken: options.metricsToken,
    addMetrics: registry =>
      addServerMetrics(registry, {
        ...{ store, directory, setAside: parts.setAside, workerMemory: parts.plane.memory },
        engineProblem: async () => (works() ? (await engineHealth(driver)).problem : undefined),
      }),
    ...(options.callLedger && { noteSuccess: createCallLedger(options.callLedger) }),
    signatureVersion2: options.allowSignature2,
    ...(tls && { tls: { ...tls.context, ...(sni && { SNICallback: sni }) } }),
    checkAnswers: options.checkAnswers,
    health: async () => {
      const stuck = store.stuck()
      if (stuck) throw new Error(`The store is stuck: ${stuck}`)
      const { problem, containers } = works() ? await engineHealth(driver) : ofAnother
      const [disk, database] = [room.problem() ?? 'ok', logWatch.problem() ?? 'ok']
      const bucket = blobs.problem && { objects: (await blobs.problem()) ?? 'ok' }
      return { engine: problem ?? 'ok', disk, database, ...bucket, containers }
    },
    unready: async () => {
      if (drains) return 'it is draining'
      return store.stuck() ?? (await unanswered(store)) ?? blobs.problem?.()
    },
    log,
  })
  receive = visits.receive(behindDoors)
  const { plane } = parts
  let door: ServerDoor
  /** What whoever worked before has left on the disk. Returns where its workers for invocations are. */
  async function takeUp(): Promise<readonly Place[]> {
    await parts.begin()
    return plane.find()
  }
  try {
    const left = asPeer ? [] : await takeUp()
    await listen(gateway, port, options.host)
    door = await openServerDoor(gateway, invokePlace({ ...options, port }, left))
  } catch (error) {
    await peers.leave()
    await parts.close()
    await securityLog.close()
    await logWatch.close()
    await store.close()
    await room.close()
    unlock()
    throw error
  }
  ownPorts.push(door.place.port)
  // Whoever leads a name to the one port need not lead to a second one.
  const invokeUrl = options.publicUrl ?? url.replace(/\d+$/, String(door.place.port))
  async function begin(): Promise<void> {
    await plane.begin(
      { place: door.place, takeOver: door.open, handOver: () => void door.close() },
      { audit: securityLog.trail, spent: spentByWorker, ...requests },
    )
    const startWork = await prepareToWork({ parts, securityLog, driver, log })
    working = startWork()
    void securityLog.follow()
  }
  await rememberUrls(installation, { url, invokeUrl })
  await rememberRegistryHost(store, url)
  await securityLog.trail.append(operatorEvent({ command: 'start', parameters: startParameters(options, url) }))
  await refreshProfiles(installation)

  /** False when it is given up. */
  async function takeDirectory(): Promise<boolean> {
    const late = (err: Error) => log.error({ err, data }, 'who worked before has not ended')
    const taken = await lockInTurn(`${data}/lock`, { late, until: () => drains })
    if (taken) unlock = taken
    return taken !== undefined
  }

  async function takeOver(): Promise<void> {
    await peers.turn
    if (isShared && !(await takeDirectory())) return
    await takeUp()
    await begin()
    log.info({ data }, 'this server is the one that works')
  }
  let begun = asPeer ? takeOver() : begin()
  if (peers.isWorking()) await begun
  else
    begun = begun.catch(error => {
      if (!drains) onLost(error.message)
    })
  const looking = asPeer && clock.every(lookMs, hear.missed)

  const renewing =
    options.tls && tls && gateway instanceof TlsServer
      ? followTlsPair(gateway, options.tls, tls.version, log)
      : undefined
  return {
    url,
    invokeUrl,
    ...{ driver, lost },
    signInLinks: () => signInLinks(installation),
    operatorLink: () => operatorLink(installation),
    settled: () => settled(store),
    async close() {
      drains = true
      exampleProducts.close()
      receive = turnAway
      behindDoors.closeAllConnections()
      // Its own connections are the gateway's to answer and not to count.
      const ended = Promise.all([once(gateway.close(), 'close'), door.close()])
      const drained = plane.close()
      parts.endStreams()
      gateway.closeIdleConnections()
      // A client keeps its connection after the answer that was waited for.
      using _ = clock.every(200, () => gateway.closeIdleConnections())
      await Promise.race([ended, new Promise(resolve => setTimeout(resolve, drainMs).unref())])
      gateway.closeAllConnections()
      await drained
      renewing?.[Symbol.dispose]()
      looking?.[Symbol.dispose]()
      if (peers.isWorking()) await begun
      await working?.stop()
      await parts.close()
      await securityLog.close()
      await logWatch.close()
      await news?.close()
      await shared?.close()
      await peers.leave()
      await begun
      await driver.close()
      await store.close()
      await room.close()
      unlock()
    },
  }
}

/** Where workers serve that another server has left, and else beside the one port. */
function invokePlace(
  { host, port, invokePort }: Pick<ServerOptions, 'host' | 'port' | 'invokePort'>,
  left: readonly Place[],
): WishedPlace {
  const wished = invokePort ?? left.find(place => place.host === host)?.port ?? port + 1
  const isOurs = left.some(place => place.host === host && place.port === wished)
  return { place: { host, port: wished }, isRequired: invokePort !== undefined, isOurs }
}

function lockOf(data: string): () => void {
  try {
    return lockExclusively(`${data}/lock`)
  } catch (error) {
    throw openingFailure(data, error)
  }
}

/** Beside the sources in a clone, beside the compiled code in a published package. */
function consoleDirectory(): string {
  const packed = fileURLToPath(new URL('./web', import.meta.url))
  return existsSync(packed) ? packed : fileURLToPath(new URL('../console/dist', import.meta.url))
}

const settledMs = 60_000
const withWorkloads = ['training-job', 'transform-job', 'endpoint', 'inference-component', 'hyper-parameter-tuning-job']

async function settled({ db }: Store): Promise<void> {
  const end = clock.elapsed() + settledMs
  const waiting = () =>
    db.selectFrom('work').select('key').where('kind', 'in', withWorkloads).limit(1).executeTakeFirst()
  while ((await waiting()) && clock.elapsed() < end) await clock.sleep(100)
}

const startParameters = (options: ServerOptions, url: string) => {
  const {
    host,
    allowUnisolated,
    allowSignature2 = false,
    allowPlainSignIn = false,
    awsNames,
    allowOutgoing,
    containerHosts,
    rates,
    tls,
  } = options
  const flags = {
    url,
    host,
    ...(awsNames && { awsNames }),
    allowUnisolated,
    allowSignature2,
    allowPlainSignIn,
    ...rates,
  }
  const opened = { ...(containerHosts?.size && { containerHosts: [...containerHosts] }) }
  return { ...flags, ...opened, ...(allowOutgoing?.length && { allowOutgoing }), ...(tls && { tlsCert: tls.cert }) }
}

/** The nodes of a cluster pull from there. */
function requirePublicUrl({ publicUrl }: ServerOptions): string {
  if (publicUrl) return publicUrl
  throw new Error(
    'engine kubernetes needs public-url: where the nodes of the cluster reach this server, to pull images',
  )
}

/** What nodes pull stands in the same registry as what accounts push, and is nobody's repository. */
function forNodesToo({ listener }: ImageServer, registry: RawHandler, handOn: HandOn | undefined): RawHandler {
  return async (incoming, response) => {
    if (!isForNodes(incoming.url)) return registry(incoming, response)
    // Whoever makes Pods knows what they pull.
    if (!(await handOn?.pass({ incoming, response }))) await listener(incoming, response)
  }
}

/** Why the engine cannot be used, if it cannot: jobs wait meanwhile, everything else goes on. */
async function engineHealth(driver: ProvenDriver): Promise<{ problem?: string; containers?: number }> {
  try {
    const containers = (await driver.list()).length
    const problem = driver.problem()
    return { containers, ...(problem !== undefined && { problem }) }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

async function awsNamesOf({ data, tls }: ServerOptions) {
  if (!tls) throw new Error('Clients ask AWS’s own names by TLS: give --tls-cert and --tls-key with --aws-names.')
  // Not with the others: it brings what makes certificates.
  const { answerAwsNames } = await import('./cli/aws-names.ts')
  return answerAwsNames(data)
}

/** Why the rows cannot be asked, if they cannot. */
async function unanswered({ db }: Store): Promise<string | undefined> {
  try {
    await db.selectFrom('setting').select('value').where('name', '=', 'installation').execute()
    return undefined
  } catch (error) {
    return `The database does not answer: ${(error as Error).message}`
  }
}

/** The engine is the business of the server that works. */
const ofAnother: Awaited<ReturnType<typeof engineHealth>> = {}

/** Of several servers the one that works looks so often for what it was not told. */
const lookMs = 2000

/** Who comes through a container's door while nobody is there to answer. */
const turnAway: OnVisit = (_, socket) => void socket.destroy()

/** Longer than an invocation may take: one that was begun is answered. */
const drainMs = 70_000

async function listen(server: NetServer, port: number, host: string): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`Port ${port} of ${host} is taken. Give --port another one; 0 takes any that is free.`)
  })
}

async function freePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
