import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { AccessDenied, ServiceError, ValidationException } from '../ground/errors.ts'
import { validate } from '../model/validator.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import { askService } from '../service/ask-service.fixture.ts'
import type { Context } from '../service/context.ts'
import type { Iam } from '../service/iam.ts'
import type { Escrow, EscrowedResource, Market } from '../service/market.ts'
import type { Objects } from '../service/objects.ts'
import type { Principal } from '../service/principal.ts'
import type { CapturedInput, ComparedVariant, ProductInputs } from '../service/product-inputs.ts'
import type {
  ProductRun,
  ProductRunRequest,
  ProductRuns,
  ProductTraining,
  ProductTrainingRequest,
} from '../service/product-run.ts'
import type { Service } from '../service/service.ts'
import { openTestStore } from '../store/store.fixture.ts'
import type { Store } from '../store/store.ts'
import { createAgreementReconciler } from './agreement/agreement.reconcile.ts'
import { createAgreementService } from './agreement/agreement-service.ts'
import { createEntitlementService } from './agreement/entitlement-service.ts'
import { createRenewalService } from './agreement/renewal-service.ts'
import { createMeteringService } from './billing/metering-service.ts'
import { createReportService } from './billing/report-service.ts'
import { createCatalogService } from './catalog/catalog-service.ts'
import { createChangeSetReconciler } from './catalog/change-set.reconcile.ts'
import { fineLogo, storyLogo } from './catalog/logo.fixture.ts'
import { createCertificateSigner } from './catalog/signed-certificate.ts'
import { createDiscoveryService } from './discovery/discovery-service.ts'
import { createInterest } from './discovery/interest.ts'
import { createListingSearches } from './discovery/listing-search.ts'
import { createUsageService } from './discovery/usage-service.ts'
import { inputDriftReconciler } from './drift/input-drift.ts'
import { inputWatchReconciler } from './drift/input-watch.reconcile.ts'
import { evaluationRunReconciler } from './evaluation/evaluation-run.reconcile.ts'
import { createEvaluationService } from './evaluation/evaluation-service.ts'
import { subscriberNoticeReconciler } from './mail/subscriber-notice.reconcile.ts'
import { createMarket } from './market.ts'
import { createProcurementService } from './procurement/procurement-service.ts'
import { productRequestReconciler } from './procurement/product-request.reconcile.ts'
import { createReviewService } from './review/review-service.ts'

export const seller = '111111111111'
export const buyer = '222222222222'
export const other = '333333333333'
/** The account whose people run the installation. */
export const operator = '444444444444'
const escrowAccount = '999999999999'
export const accessRole = `arn:aws:iam::${seller}:role/marketplace-assets`
/** Of an account, that SageMaker may assume. */
export const jobRole = (account: string): string => `arn:aws:iam::${account}:role/jobs`

// biome-ignore lint/suspicious/noExplicitAny: tests read answers by name
export type Answer = any

/** For tests: a marketplace on an embedded store, asked as the gateway asks: validate, access, authorize, invoke. The clock stands until it is moved. */
export async function openMarketFixture(given?: Store) {
  const store = given ?? (await openTestStore(':memory:'))
  const clock = { time: Date.parse('2026-11-20T12:00:00Z') }
  const now = () => new Date(clock.time)
  const escrow = rowEscrow(store)
  const iam = policies()
  const sellerName = (account: string) => `Seller ${account.slice(0, 3)}`
  const searches = createListingSearches(store)
  const interest = createInterest(store, now)
  const { files, objects } = bucketsByAccount()
  const { variants, inputs } = capturedInputs()
  const logos = new Map<string, { readonly size: number; readonly content: Buffer }>([[storyLogo, fineLogo]])
  const services: Record<string, Service> = {
    catalog: createCatalogService(),
    discovery: createDiscoveryService({ sellerName, searches, interest }),
    reviews: createReviewService({ sellerName }),
    reports: createReportService({ sellerName, interest }),
    usage: createUsageService({ signer: createCertificateSigner(Buffer.alloc(32, 1)), inputs }),
    renewals: createRenewalService(),
    evaluations: createEvaluationService(),
    procurement: createProcurementService(),
    agreement: createAgreementService({ sellerName }),
    entitlement: createEntitlementService(),
    metering: createMeteringService(),
  }
  const market = createMarket({ store, now, escrowAccount })
  const runs = createProductRuns(files, market, store, now)
  const reconcilers: Record<string, Reconciler> = {
    'evaluation-run': evaluationRunReconciler({ store, objects, iam, now, runs }),
    'change-set': createChangeSetReconciler({
      ...{ store, escrow, iam, now, sellerName },
      readLogo: async (_, url) => logos.get(url),
      operator: async () => operator,
    }),
    agreement: createAgreementReconciler({ store, now }),
    'input-watch': inputWatchReconciler({ store, inputs, now }),
    'input-drift': inputDriftReconciler({ store }),
    'subscriber-notice': subscriberNoticeReconciler({ store }),
    'product-request': productRequestReconciler({ store, now }),
  }
  return {
    ...{
      store,
      clock,
      now,
      escrow,
      iam,
      services,
      reconcilers,
      searches,
      files,
      objects,
      variants,
      logos,
      market,
      runs,
      interest,
    },
    /** Calls of an account: `ask('catalog', 'StartChangeSet', input)`. */
    as: (account: string) => (service: string, operation: string, input: object) =>
      ask(services[service] as Service, { store, now, iam, objects }, rootOf(account), operation, input),
    /** Does what is due, as the worker would, until nothing is. Stops at errors that reconcilers throw; their work stays due. */
    async settle(): Promise<Error[]> {
      const errors: Error[] = []
      while (errors.length === 0 && (await settleOnce(store, clock.time, reconcilers, errors)));
      return errors
    },
  }
}

export type MarketFixture = Awaited<ReturnType<typeof openMarketFixture>>

const rootOf = (account: string): Principal => ({
  kind: 'root',
  account,
  arn: `arn:aws:iam::${account}:root`,
  userId: account,
})

/** Buckets called by an account number are that account's; what is put into them is kept as text, by `BUCKET/KEY`. */
function bucketsByAccount() {
  const files = new Map<string, string>()
  const put: Objects['put'] = async (as, bucket, key, body) => {
    if (bucket !== as.account) throw new AccessDenied('Access Denied', 'AccessDenied')
    const text = body instanceof Uint8Array ? Buffer.from(body).toString() : await new Response(body as never).text()
    files.set(`${bucket}/${key}`, text)
    return { key, size: text.length, etag: '', lastModified: new Date(0) }
  }
  const get: Objects['get'] = async (as, bucket, key) => {
    if (bucket !== as.account) throw new AccessDenied(`Access Denied: s3://${bucket}/${key}`, 'AccessDenied')
    const text = files.get(`${bucket}/${key}`)
    if (text === undefined) throw new ServiceError('NoSuchKey', `There is no s3://${bucket}/${key}.`)
    const etag = createHash('md5').update(text).digest('hex')
    return {
      key,
      size: Buffer.byteLength(text),
      etag,
      lastModified: new Date(0),
      body: Readable.from([Buffer.from(text)]),
    }
  }
  return { files, objects: { put, get } as Objects }
}

/** Variants of endpoints, by `ARN NAME`, and what they were asked on each day. */
function capturedInputs() {
  const variants = new Map<string, ComparedVariant & { readonly days: Map<number, readonly CapturedInput[] | Error> }>()
  const inputs: ProductInputs = {
    find: async (arn, name) => variants.get(`${arn} ${name}`),
    async *captured(arn, name, from) {
      const day = variants.get(`${arn} ${name}`)?.days.get(from) ?? []
      if (day instanceof Error) throw day
      yield* day
    },
  }
  return { variants, inputs }
}

/** SageMaker's side of evaluations, with the rules of the port: jobs begin and end when a test says so. */
function createProductRuns(files: Map<string, string>, market: Market, store: Store, now: () => Date) {
  const jobs = new Map<string, ProductRun>()
  const requests = new Map<string, ProductRunRequest>()
  const lessons = new Map<string, ProductTrainingRequest>()
  const trainings = new Map<string, ProductTraining>()
  const set = (arn: string, told: Partial<ProductRun>) => jobs.set(arn, { ...(jobs.get(arn) as ProductRun), ...told })
  const runs: ProductRuns = {
    async start(request) {
      if (jobs.has(request.arn)) return
      requests.set(request.arn, request)
      const [, , bucket = '', ...path] = request.outputUri.split('/')
      jobs.set(request.arn, { status: 'InProgress', output: { bucket, key: `${path.join('/')}/answers.out` } })
    },
    find: async arn => jobs.get(arn),
    async train(request) {
      if (trainings.has(request.arn)) return
      lessons.set(request.arn, request)
      trainings.set(request.arn, { status: 'InProgress' })
    },
    findTraining: async arn => trainings.get(arn),
    async stop(arn) {
      if (trainings.get(arn)?.status === 'InProgress') trainings.set(arn, { status: 'Stopping' })
      if (jobs.get(arn)?.status === 'InProgress') set(arn, { status: 'Stopping' })
    },
  }
  return {
    ...runs,
    requests,
    lessons,
    /** Of the training job by its run. */
    beginTraining: (run: string) =>
      store.transaction(tx => market.evaluationStarted(tx, run, 'ml.m5.large.a.t', 1, now())),
    async endTraining(arn: string, told: ProductTraining | undefined) {
      if (told) trainings.set(arn, told)
      else trainings.delete(arn)
      const { notify, run } = lessons.get(arn) as ProductTrainingRequest
      await store.transaction(async tx => {
        await market.usageStopped(tx, run, now())
        await tx.enqueue(notify.kind, notify.key, now())
      })
    },
    begin: (arn: string) => store.transaction(tx => market.evaluationStarted(tx, arn, 'ml.m5.large.m.i.b', 1, now())),
    async end(arn: string, told: Partial<ProductRun>, answers?: string) {
      set(arn, told)
      const { bucket, key } = (jobs.get(arn) as ProductRun).output
      if (answers !== undefined) files.set(`${bucket}/${key}`, answers)
      const { notify } = requests.get(arn) as ProductRunRequest
      await store.transaction(async tx => {
        await market.usageStopped(tx, arn, now())
        await tx.enqueue(notify.kind, notify.key, now())
      })
    },
  }
}

async function settleOnce(
  store: Store,
  time: number,
  reconcilers: Record<string, Reconciler>,
  errors: Error[],
): Promise<boolean> {
  const rows = await store.db.selectFrom('work').selectAll().execute()
  // Change sets are enqueued by the real clock.
  const due = rows.filter(row => row.kind === 'change-set' || row.due <= time)
  for (const { kind, key } of due) {
    const wish = store.db.deleteFrom('work').where('kind', '=', kind).where('key', '=', key)
    await wish.execute()
    try {
      const again = await reconcilers[kind]?.(key, AbortSignal.timeout(60_000))
      if (again) await store.transaction(tx => tx.enqueue(kind, key, new Date(time + again.after)))
    } catch (error) {
      errors.push(error as Error)
      await store.transaction(tx => tx.enqueue(kind, key))
    }
  }
  return due.length > 0
}

async function ask(
  service: Service,
  parts: Pick<Context, 'store' | 'now' | 'objects'> & { readonly iam: Iam },
  principal: Principal,
  operation: string,
  input: object,
): Promise<Answer> {
  const { model } = service
  const facts = model.operations[operation]
  if (!facts?.input || !facts.output) throw new Error(`${operation} is not served`)
  validate(model, facts.input, input)
  const ctx = {
    ...parts,
    principal,
    account: principal.account,
    region: 'us-east-1',
    headers: {},
  } as unknown as Context
  const output = await askService(service, ctx, operation, input)
  validate(model, facts.output, output, 'InvalidOutput')
  return output
}

/**
 * Accounts may do everything to what is theirs and what a resource policy opens to them, with the access key `AKIA` and their number;
 * one role trusts the marketplace.
 */
function policies(): Iam {
  const trusting = async (role: string, service: string) => {
    const [, , , , account = ''] = role.split(':')
    if (role === jobRole(account) && service === 'sagemaker.amazonaws.com') return rootOf(account)
    if (role !== accessRole || service !== 'assets.marketplace.amazonaws.com')
      throw new ValidationException(`Could not assume role ${role}.`)
    return rootOf(seller)
  }
  return {
    async credential(accessKeyId) {
      const account = /^AKIA(\d{12})$/.exec(accessKeyId)?.[1]
      return account ? { accessKeyId, secretAccessKey: `secret of ${account}`, principal: rootOf(account) } : undefined
    },
    async authorize(principal, { owner = principal.account, resourcePolicy = '', action, resource }) {
      if (owner !== principal.account && !resourcePolicy.includes(principal.account))
        throw new AccessDenied(
          `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`,
        )
    },
    async passRole(principal, role) {
      if (role.split(':')[4] !== principal.account)
        throw new ValidationException('Cross-account pass role is not allowed.')
    },
    assumeForService: trusting,
    endWorkloadSessions: async () => {},
  }
}

/**
 * An escrow over the store's resources, with the rules of the port: the same product and ARN give the same copy. `fail` throws before
 * the copy is made, `crash` after, `stuck` before one is discarded.
 */
function rowEscrow(store: Store) {
  const state = {
    copies: 0,
    fail: undefined as Error | undefined,
    crash: undefined as Error | undefined,
    stuck: undefined as Error | undefined,
  }
  const escrow: Escrow & {
    state: typeof state
    certify(arn: string, resource: Partial<EscrowedResource>): Promise<void>
    held(): Promise<string[]>
  } = {
    state,
    async certify(arn, resource) {
      const document = JSON.stringify(resource)
      const columns = { arn, kind: 'certified', account: '', region: '', name: '', parent: '', status: '' }
      await store.db
        .insertInto('resource')
        .values({ ...columns, created: 0, modified: 0, document })
        .execute()
    },
    async held() {
      const rows = await store.db.selectFrom('resource').select('arn').where('kind', '=', 'escrowed').execute()
      return rows.map(row => row.arn)
    },
    async copy(_account, arn, productId, announce) {
      if (state.fail) throw state.fail
      const source = await store.db.selectFrom('resource').select('document').where('arn', '=', arn).executeTakeFirst()
      if (!source) throw new ServiceError('ASSET_NOT_FOUND', `${arn} does not exist.`)
      const [, , , region, , resource = ''] = arn.split(':')
      const name = createHash('sha256')
        .update(productId + arn)
        .digest('hex')
        .slice(0, 32)
      const copy = `arn:aws:sagemaker:${region}:${escrowAccount}:${resource}-${name}`
      await announce(copy)
      const columns = {
        arn: copy,
        kind: 'escrowed',
        account: escrowAccount,
        region: '',
        name: '',
        parent: '',
        status: '',
      }
      await store.db
        .insertInto('resource')
        .values({ ...columns, created: 0, modified: 0, document: source.document })
        .onConflict(conflict => conflict.doNothing())
        .execute()
      state.copies++
      if (state.crash) throw state.crash
      return { ...JSON.parse(source.document), arn: copy }
    },
    async discard(arn) {
      if (state.stuck) throw state.stuck
      await store.db.deleteFrom('resource').where('arn', '=', arn).where('kind', '=', 'escrowed').execute()
    },
  }
  return escrow
}
