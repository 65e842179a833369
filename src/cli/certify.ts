// @ts-expect-error as above
import { ensureEngine } from '../../setup/engine.mjs'
// @ts-expect-error the set-up is plain JavaScript, since it also runs before anything is installed
import { buildImage } from '../../setup/images.mjs'
import { createAccount, listAccounts } from '../iam/account.ts'
import { type Check, certificationChecks, metricChecks, servingChecks, until } from './certify-checks.ts'
import { followLogs } from './certify-log.ts'
import { type Product, readProduct } from './certify-product.ts'
import { openSession, profileIn, type Session } from './certify-session.ts'
import { type CommandContext, quietLog } from './command-context.ts'
import { engineSocket } from './engine-socket.ts'
import { type Installation, lastUrl, openInstallation, profileOf, refreshProfiles } from './installation.ts'
import { type Engine, pushImage } from './push-image.ts'
import type { OpenServer } from './start.ts'

export interface CertifyOptions {
  readonly account: string
  readonly json: boolean
}

/**
 * `modelmart certify DIR`: a seller's inner loop. Builds the product's image, pushes it, certifies it by really running it, asks it as a
 * buyer would, and reports each check; exits 1 when one fails. Uses the server that runs on the data directory, or one of its own.
 */
export async function certify(
  directory: string,
  options: CertifyOptions,
  context: CommandContext,
  openServer: OpenServer,
): Promise<void> {
  const tell = (line: string) => void (options.json ? context.err : context.out).write(`${line}\n`)
  try {
    const product = await readProduct(directory)
    const engine = (await ensureEngine({})) as Engine
    const image = `modelmart-certify-${product.repository}:latest`
    tell(`building ${product.buildContext}`)
    await buildImage(engine, product.buildContext, image)
    const server = await reachServer(context, openServer)
    try {
      const checks = await run(product, engine, image, server.url, options.account, context, tell)
      report(product, checks, options.json, context)
    } finally {
      await server.close()
    }
  } catch (error) {
    context.err.write(`modelmart certify: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

async function run(
  product: Product,
  engine: Engine,
  image: string,
  url: string,
  account: string,
  context: CommandContext,
  tell: (line: string) => void,
): Promise<Check[]> {
  const installation = await openInstallation(context)
  try {
    const profile = await ensureAccount(installation, account)
    const session = await openSession(profile, url, product)
    tell(`pushing ${image} to ${product.repository}`)
    const uri = await push(session, engine, product, image)
    const { imageDetails } = await session.ecr.describeImages({ repositoryName: product.repository })
    const size = Math.max(...(imageDetails ?? []).map(({ imageSizeInBytes }) => imageSizeInBytes ?? 0))
    const pushed: Check = { what: 'image', good: true, detail: `${(size / 1e6).toFixed(0)} MB compressed` }
    return [pushed, ...(await certifyImage(session, product, uri, tell))]
  } finally {
    await installation.store.close()
  }
}

async function push(session: Session, engine: Engine, product: Product, image: string): Promise<string> {
  await session.ecr.createRepository({ repositoryName: product.repository }).catch((error: Error) => {
    if (error.name !== 'RepositoryAlreadyExistsException') throw error
  })
  const { repositories } = await session.ecr.describeRepositories({ repositoryNames: [product.repository] })
  return pushImage(engine, image, repositories?.[0]?.repositoryUri as string, session)
}

async function certifyImage(
  session: Session,
  product: Product,
  uri: string,
  tell: (line: string) => void,
): Promise<Check[]> {
  // Short enough to stand uncut at the beginning of the names of the validation's jobs.
  const AlgorithmName = `${product.name.slice(0, 36)}-${session.suffix}`
  const { sagemaker } = session
  await sagemaker.createAlgorithm({
    AlgorithmName,
    AlgorithmDescription: product.description,
    TrainingSpecification: { ...product.training, TrainingImage: uri },
    InferenceSpecification: { ...product.inference, Containers: [{ Image: uri }] },
    ValidationSpecification: { ValidationRole: session.role, ValidationProfiles: [profileIn(session, product)] },
    CertifyForMarketplace: true,
  })
  const describe = () => sagemaker.describeAlgorithm({ AlgorithmName })
  const log = followLogs(session.logs, AlgorithmName, tell)
  let told = ''
  await until(async () => {
    const { AlgorithmStatus, AlgorithmStatusDetails: details } = await describe()
    const running = details?.ValidationStatuses?.find(({ Status }) => Status === 'InProgress')?.Name ?? ''
    if (running && running !== told) tell(`running ${running}`)
    told = running || told
    await log()
    return AlgorithmStatus === 'Completed' || AlgorithmStatus === 'Failed'
  })
  const done = await describe()
  const { TrainingJobSummaries = [] } = await sagemaker.listTrainingJobs({ NameContains: `${AlgorithmName}-training` })
  const job = TrainingJobSummaries[0]?.TrainingJobName
  const checks = certificationChecks(done)
  if (!job || done.AlgorithmStatus !== 'Completed') return checks
  const { ModelArtifacts } = await sagemaker.describeTrainingJob({ TrainingJobName: job })
  tell('deploying, as a buyer would')
  const artifact = ModelArtifacts?.S3ModelArtifacts as string
  const serving = await servingChecks(session, product, { algorithm: AlgorithmName, artifact })
  return [...checks, ...(await metricChecks(session, product, job)), ...serving]
}

async function ensureAccount(installation: Installation, name: string) {
  const known = (await listAccounts(installation.store)).find(account => account.name === name)
  const { id } = known ?? (await createAccount(installation.store, installation.rootSecret, { name })).account
  if (!known) await refreshProfiles(installation)
  return { id, ...(await profileOf(installation, name)) }
}

/** The server that runs on the data directory, left running, or a new one that ends with the command. */
async function reachServer(
  context: CommandContext,
  openServer: OpenServer,
): Promise<{ url: string; close(): Promise<void> }> {
  const installation = await openInstallation(context)
  const url = await lastUrl(installation)
  await installation.store.close()
  const alive = await fetch(`${url}/healthz`).then(
    response => response.ok,
    () => false,
  )
  if (alive) return { url, close: async () => {} }
  const { data, environment, rootSecret } = context
  const socket = engineSocket(environment)
  return openServer({
    data,
    host: '127.0.0.1',
    port: 0,
    engineSocket: socket,
    rootSecret,
    allowUnisolated: false,
    log: quietLog(context),
  })
}

function report(product: Product, checks: readonly Check[], json: boolean, { out }: CommandContext): void {
  const good = checks.every(check => check.good !== false)
  process.exitCode = good ? 0 : 1
  if (json)
    return void out.write(`${JSON.stringify({ product: product.name, certified: good, checks }, undefined, 2)}\n`)
  const width = Math.max(...checks.map(({ what }) => what.length))
  for (const { what, good: passed, detail } of checks)
    out.write(`${passed === undefined ? '-   ' : passed ? 'ok  ' : 'FAIL'}  ${what.padEnd(width)}  ${detail}\n`)
  out.write(good ? `${product.name} is certified.\n` : `${product.name} is not certified: mend what FAIL names.\n`)
}
