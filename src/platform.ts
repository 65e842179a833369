import { createHmac } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createCloudTrailService } from './audit/cloudtrail-service.ts'
import { createAutoscalingService } from './autoscaling/autoscaling-service.ts'
import { scalableTargetReconciler } from './autoscaling/scalable-target.reconcile.ts'
import { scalingPolicyAction } from './autoscaling/scaling-policy-action.ts'
import { deliveryReconciler } from './delivery/delivery.reconcile.ts'
import type { Driver } from './driver/driver.ts'
import { createAuthorizationTokens } from './ecr/authorization-token.ts'
import { createEcrService } from './ecr/ecr-service.ts'
import { imageScanReconciler } from './ecr/image-scan.reconcile.ts'
import { createImages } from './ecr/images.ts'
import { createLayerUploads } from './ecr/layer-upload.ts'
import { createLayerUrls } from './ecr/layer-url.ts'
import { lifecyclePolicyReconciler } from './ecr/lifecycle-policy.reconcile.ts'
import { createRegistry } from './ecr/registry.ts'
import { connectionReconciler } from './events/connection.reconcile.ts'
import { createConnectionSecrets } from './events/connection-secret.ts'
import { createDeadLettersService } from './events/dead-letters-service.ts'
import { eventBusReconciler } from './events/event-bus.reconcile.ts'
import { createEventsService } from './events/events-service.ts'
import { ruleScheduleReconciler } from './events/rule-schedule.reconcile.ts'
import { targetReceivers } from './events/target-receiver.ts'
import { usualRates } from './gateway/rate-limit.ts'
import { clock } from './ground/clock.ts'
import type { RootSecret } from './ground/root-secret.ts'
import { rootPrincipal } from './iam/credential.ts'
import { createIam } from './iam/iam.ts'
import { createIamService } from './iam/iam-service.ts'
import { requireNamedPrincipals } from './iam/named-principals.ts'
import { createOpenIdDocuments } from './iam/open-id-document.ts'
import { parsePolicy } from './iam/policy.ts'
import { createStsService } from './iam/sts-service.ts'
import { createDataPlane, type DataPlane, type DataPlaneParts } from './invoke/data-plane.ts'
import { createKms } from './kms/kms.ts'
import { createKmsService } from './kms/kms-service.ts'
import { createChunkWriter } from './logs/chunk-writer.ts'
import { createLiveTails } from './logs/live-tail.ts'
import { createLogs } from './logs/log-sink.ts'
import { createLogsService } from './logs/logs-service.ts'
import { createMetricFilterFeed } from './logs/metric-filter-feed.ts'
import { createAgreementReconciler } from './marketplace/agreement/agreement.reconcile.ts'
import { createAgreementService } from './marketplace/agreement/agreement-service.ts'
import { createEntitlementService } from './marketplace/agreement/entitlement-service.ts'
import { createRenewalService } from './marketplace/agreement/renewal-service.ts'
import { createMeteringService } from './marketplace/billing/metering-service.ts'
import { createReportService } from './marketplace/billing/report-service.ts'
import { createCatalogService } from './marketplace/catalog/catalog-service.ts'
import { createChangeSetReconciler } from './marketplace/catalog/change-set.reconcile.ts'
import { createReadLogo } from './marketplace/catalog/logo.ts'
import { createCertificateSigner } from './marketplace/catalog/signed-certificate.ts'
import { createDiscoveryService } from './marketplace/discovery/discovery-service.ts'
import { createInterest } from './marketplace/discovery/interest.ts'
import { createListingSearches } from './marketplace/discovery/listing-search.ts'
import { createUsageService } from './marketplace/discovery/usage-service.ts'
import { inputDriftReconciler } from './marketplace/drift/input-drift.ts'
import { inputWatchReconciler } from './marketplace/drift/input-watch.reconcile.ts'
import { evaluationRunReconciler } from './marketplace/evaluation/evaluation-run.reconcile.ts'
import { createEvaluationService } from './marketplace/evaluation/evaluation-service.ts'
import { marketplaceAccount } from './marketplace/identifier.ts'
import { mailboxes } from './marketplace/mail/mailbox.ts'
import { subscriberNoticeReconciler } from './marketplace/mail/subscriber-notice.reconcile.ts'
import { createMarket } from './marketplace/market.ts'
import { createProcurementService } from './marketplace/procurement/procurement-service.ts'
import { productRequestReconciler } from './marketplace/procurement/product-request.reconcile.ts'
import { createReviewService } from './marketplace/review/review-service.ts'
import type { AlarmAction } from './metrics/alarm/alarm-action.ts'
import { metricAlarmReconciler } from './metrics/alarm/metric-alarm.reconcile.ts'
import { createTopicAction } from './metrics/alarm/topic-action.ts'
import { createCloudWatchService } from './metrics/cloudwatch-service.ts'
import { createMetrics } from './metrics/metric-sink.ts'
import { createSageMakerMetricsService } from './metrics/sagemaker-metrics-service.ts'
import { load } from './model/load.ts'
import { operatorAccount } from './operator/operator-account.ts'
import type { AddressOptions } from './outgoing/address-rules.ts'
import { createMailer, type MailerOptions } from './outgoing/mailer.ts'
import { createWayOutThread } from './outgoing/way-out-thread.ts'
import { createQuotasService } from './quotas/quotas-service.ts'
import type { Reconciler } from './reconcile/reconciler.ts'
import { createCommittedJournal } from './runtime/committed-journal.ts'
import { createDataCapture } from './runtime/data-capture.ts'
import { createChooseTarget, createFindRoute } from './runtime/endpoint-target.ts'
import { invokeEndpointAsync } from './runtime/invoke-endpoint-async.ts'
import { createLateJournal } from './runtime/late-journal.ts'
import { countIn, type MeteringJournal, openMeteringJournal } from './runtime/metering-journal.ts'
import { createRoutingTable } from './runtime/routing-table.ts'
import { createRuntimeService } from './runtime/runtime-service.ts'
import { createServerlessLeases } from './runtime/serverless-leases.ts'
import { createStoredSessions } from './runtime/stored-sessions.ts'
import { type CorsRequest, corsHeaders } from './s3/cors.ts'
import { createObjects } from './s3/objects.ts'
import { createS3Service } from './s3/s3-service.ts'
import { capacityReconciler } from './sagemaker/capacity/capacity.reconcile.ts'
import { createModelDirectories } from './sagemaker/directory/model-directories.ts'
import { createTrainingDirectories } from './sagemaker/directory/training-directories.ts'
import { algorithmReconciler, modelPackageReconciler } from './sagemaker/product/certification.reconcile.ts'
import { createEscrow } from './sagemaker/product/escrow.ts'
import { createSageMakerService } from './sagemaker/sagemaker-service.ts'
import { asyncInferenceReconciler } from './sagemaker/serving/async-inference.reconcile.ts'
import { createProductInputs } from './sagemaker/serving/captured-inputs.ts'
import { createComponentRoutes } from './sagemaker/serving/component-routes.ts'
import { endpointReconciler } from './sagemaker/serving/endpoint.reconcile.ts'
import { inferenceComponentReconciler } from './sagemaker/serving/inference-component.reconcile.ts'
import { createModelHosts } from './sagemaker/serving/model-host.ts'
import { wake } from './sagemaker/serving/serverless-rest.ts'
import { trainingJobReconciler } from './sagemaker/training/training-job.reconcile.ts'
import { createProductRuns } from './sagemaker/transform/product-runs.ts'
import { transformJobReconciler } from './sagemaker/transform/transform-job.reconcile.ts'
import { hyperParameterTuningJobReconciler } from './sagemaker/tuning/hyper-parameter-tuning-job.reconcile.ts'
import { createImageInventories } from './scan/image-inventory.ts'
import { createImageScanner } from './scan/image-scanner.ts'
import { scanLimits } from './scan/scan-budget.ts'
import { createScanner } from './scan/scanner.ts'
import type { Principal } from './service/principal.ts'
import type { Service } from './service/service.ts'
import { createSigningKeys } from './sns/signing-key.ts'
import { createSnsService } from './sns/sns-service.ts'
import { confirm } from './sns/subscribe.ts'
import { subscriptionReceivers } from './sns/subscription-receiver.ts'
import { createSubscriptionTokens } from './sns/subscription-token.ts'
import { topicReconciler } from './sns/topic.reconcile.ts'
import { unsubscribeByLink } from './sns/unsubscribe.ts'
import { tellingDamage } from './store/damage.ts'
import type { DataDirectory } from './store/data-directory.ts'
import type { DiskRoom } from './store/disk-room.ts'
import { type ObjectsOptions, openBlobs } from './store/open-blobs.ts'
import type { Store } from './store/store.ts'
import { mostAnswerBytes } from './workload/answer-limit.ts'
import { createCheckpointSyncs } from './workload/checkpoint-sync.ts'
import { createDirectoryWorkspace, type LocalPlatform } from './workload/directory-workspace.ts'
import { executionParameters } from './workload/execution-parameters.ts'
import { createInvoker } from './workload/invoke.ts'
import { createLogPumps } from './workload/log-pump.ts'
import { createPipeFeeds } from './workload/pipe-feed.ts'

/** As whom the platform reads what it holds for itself. */
const platformPrincipal: Principal = {
  kind: 'service',
  account: marketplaceAccount,
  arn: `arn:aws:iam::${marketplaceAccount}:root`,
  userId: 'modelmart',
}

export interface PlatformParts {
  readonly directory: DataDirectory
  readonly store: Store
  /** Where content is to be; where the installation remembers, when absent. */
  readonly objects?: ObjectsOptions
  readonly rootSecret: RootSecret
  readonly driver: Driver
  readonly installation: string
  readonly url: string
  readonly log: Logger
  readonly room: Pick<DiskRoom, 'requireRoom'>
  /** Processes that answer invocations; the server alone when absent. */
  readonly workers?: DataPlaneParts['opening'] & { readonly count: number }
  /** Identity providers' hosts that may stand at addresses that are not public. */
  readonly openIdHosts?: ReadonlySet<string> | undefined
  /** Where receivers that tenants name may stand; public addresses alone when absent. */
  readonly outgoing?: AddressOptions
  readonly mail?: MailerOptions | undefined
  readonly serverlessIdleMs?: number | undefined
}

/** What is counted of visits within it is lost with a server that dies. */
const interestEveryMs = 10_000

const usualIdleMs = 300_000
const noWorkers = {
  ...{ count: 0, rates: usualRates, checkAnswers: false, countsAtOnce: false, meteringSync: 'before' as const },
}

/** Builds every part of the platform and the services on it. */
export async function openPlatform(given: PlatformParts) {
  const { directory, store, objects: place = {}, rootSecret, driver, log, url, room, workers = noWorkers } = given
  mkdirSync(directory.work, { recursive: true, mode: 0o700 })
  const now = () => new Date(clock.now())
  const secretFor = (purpose: string) => createHmac('sha256', rootSecret).update(purpose).digest()
  const blobs = tellingDamage(await openBlobs({ directory, store, objects: place }), store, log)
  const iam = createIam({ store, rootSecret, now })
  const checkPolicy = (text: string) => void parsePolicy(text, 'resource')
  const checkNamedPolicy = async (text: string) => {
    checkPolicy(text)
    await requireNamedPrincipals(store, text)
  }
  const kmsParts = { store, rootSecret, now, checkPolicy: checkNamedPolicy }
  const kms = createKms(kmsParts, iam)
  const keys = { rootSecret, kms: kms.via('s3') }
  const objects = createObjects({ store, blobs, iam, now, keys }, platformPrincipal)
  const images = createImages({ store, blobs, iam, url, now })
  const metrics = createMetrics({ store, log })
  const feed = createMetricFilterFeed(createChunkWriter(store, now), { store, metrics, log })
  const tails = createLiveTails(feed.writeChunks)
  const { writeChunks } = tails
  const logs = createLogs({ store, now, writeChunks })
  const inventories = createImageInventories(store, now, scanLimits)
  const scanner = createScanner({ images, store, inventories, now })
  const imageScanner = createImageScanner({ store, inventories, now })
  const market = createMarket({ store, now, escrowAccount: marketplaceAccount })
  const platform: LocalPlatform = {
    ...{ installation: given.installation, url, now, log, store, blobs, driver },
    ...{ iam, kms, objects, images, logs, metrics, market, scanner },
    workspace: createDirectoryWorkspace(directory.work),
  }

  const pumps = createLogPumps(driver, logs)
  const feeds = createPipeFeeds()
  const checkpoints = createCheckpointSyncs(objects, (error, { uri }) =>
    log.warn({ err: error, uri }, 'checkpoints could not be written; trying again'),
  )
  const invoker = createInvoker()
  const batchInvoker = createInvoker(mostAnswerBytes.batch)
  const capture = createDataCapture(platform)
  const count = countIn(store, market)
  const sessions = createStoredSessions(store, key => plane.forgetSession(key))
  const { count: workerCount, ...opening } = workers
  const plane: DataPlane = createDataPlane(
    {
      ...{ directory: directory.invoke, workers: workerCount, opening },
      ...{ iam, count, capture, sessions, metrics, log, model: load('sagemaker-runtime') },
      ...{
        acceptAsync: invokeEndpointAsync,
        asyncContext: { store, now, findRoute: (name, at) => findRoute(name, at) },
      },
    },
    () => ({ routes, findRoute, takeLease: leases.take }),
  )
  iam.onChange(plane.forgetCallers)
  const routes = createRoutingTable(plane)
  const componentRoutes = createComponentRoutes(store, routes)
  const hosts = createModelHosts(platform, pumps, createModelDirectories(platform))
  const journal = createLateJournal(openJournal)
  const findRoute = createFindRoute(routes, store)
  const leases = createServerlessLeases({ routes, metrics, wake: arn => wake(store, arn, clock.now()) })
  const chooseTarget = createChooseTarget(findRoute, routes.outstanding, sessions, leases.take)
  const runtime = { findRoute, chooseTarget, invoker, journal, capture, sessions }
  const escrow = createEscrow(platform, marketplaceAccount)
  const inputs = createProductInputs(platform)
  const tokens = createAuthorizationTokens(secretFor('registry token'), now)
  const urls = createLayerUrls(secretFor('layer url'), now)
  // Of earlier versions, whose uploads the schema has forgotten.
  await rm(join(directory.root, 'uploads'), { recursive: true, force: true })
  const uploads = createLayerUploads({ store, blobs, now })
  const openIdDocuments = createOpenIdDocuments(given.openIdHosts ?? new Set())
  const sellerName = async (id: string) =>
    (await store.db.selectFrom('iam_account').select('name').where('id', '=', id).executeTakeFirst())?.name ?? id

  const interest = createInterest(store, now)
  const writeInterest = () =>
    interest.write().catch(err => log.warn({ err }, 'visits could not be counted; trying again'))
  const interestTimer = clock.every(interestEveryMs, writeInterest)
  const wayOut = createWayOutThread(given.outgoing ?? { allowed: [], ownPorts: [] })
  const mailer = given.mail && createMailer(given.mail)
  const connectionSecrets = createConnectionSecrets(rootSecret)
  const signingKeys = createSigningKeys({ store, rootSecret })
  const subscriptionTokens = createSubscriptionTokens(secretFor('subscription token'))
  const receivers = {
    events: targetReceivers({ store, logs, iam, wayOut, secrets: connectionSecrets }),
    'aws-marketplace': mailboxes({ mailer, url }),
    sns: subscriptionReceivers({ wayOut, mailer, keys: signingKeys, tokens: subscriptionTokens, url }),
  }
  const alarmActions: readonly AlarmAction[] = [createTopicAction({ iam }), scalingPolicyAction]

  const services: Service[] = [
    createSageMakerService({ endRoute: routes.remove, endComponent: componentRoutes.remove }),
    createRuntimeService(runtime, invokeEndpointAsync),
    createSageMakerMetricsService(),
    createS3Service(keys, checkNamedPolicy),
    createEcrService({ tokens, uploads, urls, checkPolicy }),
    createLogsService({ store, now, log, tails }),
    createCloudWatchService({ metrics, alarmActions }),
    createAutoscalingService(),
    createEventsService({ secrets: connectionSecrets, wayOut }),
    createDeadLettersService(receivers),
    createSnsService({ wayOut, isMailed: mailer !== undefined, tokens: subscriptionTokens, checkPolicy }),
    createIamService(iam, openIdDocuments),
    createStsService(iam, openIdDocuments),
    createKmsService(kmsParts),
    createCloudTrailService(),
    createQuotasService(),
    createCatalogService(),
    createDiscoveryService({ sellerName, interest, searches: createListingSearches(store) }),
    createAgreementService({ sellerName }),
    createEntitlementService(),
    createMeteringService(),
    createRenewalService(),
    createEvaluationService(),
    createProcurementService(),
    createReviewService({ sellerName }),
    createReportService({ sellerName, interest }),
    createUsageService({ signer: createCertificateSigner(rootSecret), inputs }),
  ]
  const reconcilers: Record<string, Reconciler> = {
    capacity: capacityReconciler(platform),
    'training-job': trainingJobReconciler(platform, {
      pumps,
      workspace: createTrainingDirectories(platform, { feeds, checkpoints }),
    }),
    'hyper-parameter-tuning-job': hyperParameterTuningJobReconciler(platform),
    'transform-job': transformJobReconciler(platform, { hosts, invoker: batchInvoker, executionParameters, pumps }),
    endpoint: endpointReconciler(
      ...([platform, hosts, pumps, routes] as const),
      { leases, idleMs: given.serverlessIdleMs ?? usualIdleMs },
      componentRoutes,
    ),
    'inference-component': inferenceComponentReconciler(platform, hosts, pumps, routes, componentRoutes),
    'async-inference': asyncInferenceReconciler({ platform, invoker, routes }),
    algorithm: algorithmReconciler(platform),
    'model-package': modelPackageReconciler(platform),
    agreement: createAgreementReconciler({ store, now }),
    'lifecycle-policy': lifecyclePolicyReconciler({ store, now }),
    'image-scan': imageScanReconciler({ store, images, scanner: imageScanner, now }),
    'image-inventory': async digest => scanner.prepare([digest]),
    'scalable-target': scalableTargetReconciler({ store }),
    'metric-alarm': metricAlarmReconciler({ store, actions: alarmActions, log }),
    'event-bus': eventBusReconciler({ store }),
    'rule-schedule': ruleScheduleReconciler({ store, now }),
    topic: topicReconciler({ store }),
    'event-connection': connectionReconciler({ store, wayOut, secrets: connectionSecrets }),
    'event-delivery': deliveryReconciler({ store, now, receivers }),
    'evaluation-run': evaluationRunReconciler({ store, runs: createProductRuns(platform), objects, iam, now }),
    'input-watch': inputWatchReconciler({ store, inputs, now }),
    'input-drift': inputDriftReconciler({ store }),
    'subscriber-notice': subscriberNoticeReconciler({ store }),
    'product-request': productRequestReconciler({ store, now }),
    'change-set': createChangeSetReconciler({
      ...{ store, escrow, iam, now, sellerName },
      readLogo: createReadLogo(url, objects, rootPrincipal),
      operator: () => operatorAccount(store.db),
    }),
  }
  const registry: (request: IncomingMessage, response: ServerResponse) => Promise<void> = createRegistry({
    store,
    blobs,
    iam,
    tokens,
    urls,
    uploads,
    url,
    now,
    log,
    room,
  })

  async function openJournal(): Promise<MeteringJournal> {
    const onDisk = await openMeteringJournal({ directory: directory.metering, count, log, sync: workers.meteringSync })
    if (!workers.countsAtOnce) return onDisk
    // What an earlier start has left there.
    await onDisk.close()
    return createCommittedJournal({ count, log })
  }

  return {
    platform,
    iam,
    services,
    registry,
    sellerName,
    openIdDocuments,
    reconcilers,
    uploads,
    notificationLinks: {
      confirm: (topic: string, token: string) =>
        confirm(store, subscriptionTokens, { topic, token, isSigned: false, signedEnd: false }),
      unsubscribe: (arn: string) => unsubscribeByLink(store, arn),
      certificate: signingKeys.certificate,
    },
    cors: (bucket: string, request: CorsRequest) => corsHeaders(store, bucket, request),
    noteUse: (accessKeyId: string, service: string, region: string) =>
      void iam.noteUse(accessKeyId, service, region).catch(() => {}),
    stopPumps: () => pumps.stop(),
    /** Answers that have no end of their own. */
    endStreams: () => tails.close(),
    /** Metering records that could not be counted and were set aside. */
    setAside: () => journal.setAside() + plane.setAside(),
    plane,
    /** Once this server is the one that works: what was metered before it is counted. */
    begin: journal.open,
    async close() {
      interestTimer[Symbol.dispose]()
      await writeInterest()
      await feeds.stop()
      await checkpoints.stop()
      await journal.close()
      await capture.close()
      feed.close()
      wayOut.close()
      mailer?.close()
      await metrics.close()
      await invoker.close()
      await batchInvoker.close()
      await blobs.close?.()
    },
  }
}
