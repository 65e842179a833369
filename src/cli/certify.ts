import { writeFile } from 'node:fs/promises'
// @ts-expect-error as above
import { ensureEngine, imageIds } from '../../setup/engine.mjs'
// @ts-expect-error the set-up is plain JavaScript, since it also runs before anything is installed
import { buildImage } from '../../setup/images.mjs'
import { createEngineClient } from '../driver/engine-client.ts'
import { type Account, createAccount, listAccounts } from '../iam/account.ts'
import type { Check } from './certify-checks.ts'
import { type Product, readProduct } from './certify-product.ts'
import { type CertifyReport, jsonReport, junitReport, sarifReport, textReport } from './certify-report.ts'
import { certifyImage } from './certify-run.ts'
import { openSession, type Session } from './certify-session.ts'
import { type CommandContext, quietLog } from './command-context.ts'
import { engineSocket } from './engine-socket.ts'
import { type Installation, lastUrl, openInstallation, profileOf, refreshProfiles } from './installation.ts'
import { type Engine, pushImage } from './push-image.ts'
import type { OpenServer } from './start.ts'

export interface CertifyOptions {
  readonly account: string
  readonly json: boolean
  /** Files for the report as JUnit XML and as SARIF, which are written also when the command fails. */
  readonly junit?: string
  readonly sarif?: string
  /** An image that the engine has already, instead of building one. */
  readonly image?: string
  /** `NAME=VALUE`, or a name that the environment has. */
  readonly buildArg: readonly string[]
  /** Of a container, until it answers `GET /ping`. */
  readonly startupSeconds: number
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
  const report = await reportOn(directory, options, context, openServer, tell)
  process.exitCode = report.certified ? 0 : 1
  if (report.error !== undefined) context.err.write(`modelmart certify: ${report.error}\n`)
  if (options.json) context.out.write(jsonReport(report))
  else if (report.error === undefined) context.out.write(textReport(report))
  if (options.junit) await writeFile(options.junit, junitReport(report))
  if (options.sarif) await writeFile(options.sarif, sarifReport(report, directory, process.cwd()))
}

async function reportOn(
  directory: string,
  options: CertifyOptions,
  context: CommandContext,
  openServer: OpenServer,
  tell: (line: string) => void,
): Promise<CertifyReport> {
  try {
    const product = await readProduct(directory, options.image !== undefined)
    const engine = (await ensureEngine({})) as Engine
    const image = await imageOf(product, engine, options, context, tell)
    const server = await reachServer(context, openServer)
    try {
      await requireEngine(server.url)
      const checks = await run(product, engine, image, server.url, options, context, tell)
      return { product: product.name, certified: checks.every(check => check.good !== false), checks }
    } finally {
      await server.close()
    }
  } catch (error) {
    return { certified: false, error: (error as Error).message, checks: [] }
  }
}

/** The id of the image that is certified: of the one that is named, or of what is built. */
async function imageOf(
  product: Product,
  engine: Engine,
  { image: named, buildArg }: CertifyOptions,
  { environment }: CommandContext,
  tell: (line: string) => void,
): Promise<string> {
  if (named === undefined) {
    const given = Object.fromEntries(buildArg.map(text => buildArgument(text, environment)))
    tell(`building ${product.buildContext}`)
    return buildImage(engine, product.buildContext, `modelmart-certify-${product.repository}:latest`, given)
  }
  const [id] = await imageIds(engine, [named])
  if (!id) throw new Error(`The ${engine.engine} engine at ${engine.socket} has no image ${named}.`)
  return id
}

function buildArgument(text: string, environment: NodeJS.ProcessEnv): [string, string] {
  const [name = '', ...rest] = text.split('=')
  const value = rest.length > 0 ? rest.join('=') : environment[name]
  if (value === undefined) throw new Error(`--build-arg ${name} has no value, and the environment has none.`)
  return [name, value]
}

/** Jobs would wait for an engine that cannot be used. Throws an Error with what the server says of it. */
async function requireEngine(url: string): Promise<void> {
  const { engine } = (await (await fetch(`${url}/healthz`)).json()) as { engine?: string }
  if (engine !== undefined && engine !== 'ok')
    throw new Error(`the server at ${url} runs nothing on its container engine: ${engine}`)
}

async function run(
  product: Product,
  engine: Engine,
  image: string,
  url: string,
  { account, startupSeconds }: CertifyOptions,
  context: CommandContext,
  tell: (line: string) => void,
): Promise<Check[]> {
  const installation = await openInstallation(context)
  const client = createEngineClient(`unix://${engine.socket.replace('unix://', '')}`)
  try {
    const profile = await ensureAccount(installation, account)
    const session = await openSession(profile, url, product, { engine: client, startupSeconds })
    tell(`pushing ${image} to ${product.repository}`)
    const uri = await push(session, engine, product, image)
    return [await imageCheck(session, product, uri), ...(await certifyImage(session, product, uri, tell))]
  } finally {
    await client.close()
    await installation.store.close()
  }
}

async function imageCheck({ ecr }: Session, { repository }: Product, uri: string): Promise<Check> {
  const imageIds = [{ imageTag: uri.slice(uri.lastIndexOf(':') + 1) }]
  const { imageDetails } = await ecr.describeImages({ repositoryName: repository, imageIds })
  const megabytes = (imageDetails?.[0]?.imageSizeInBytes ?? 0) / 1e6
  return { what: 'image size', good: true, detail: `${megabytes.toFixed(1)} MB compressed` }
}

async function push(session: Session, engine: Engine, product: Product, image: string): Promise<string> {
  await session.ecr.createRepository({ repositoryName: product.repository }).catch((error: Error) => {
    if (error.name !== 'RepositoryAlreadyExistsException') throw error
  })
  const { repositories } = await session.ecr.describeRepositories({ repositoryNames: [product.repository] })
  // Each image under a tag of its own: runs beside this one push others to the same repository.
  const tag = `certify-${image.replace('sha256:', '').slice(0, 12)}`
  return pushImage(engine, image, repositories?.[0]?.repositoryUri as string, session, tag)
}

async function ensureAccount(installation: Installation, name: string) {
  const { store, rootSecret } = installation
  const find = async () => (await listAccounts(store)).find(account => account.name === name)
  const create = async () => (await createAccount(store, rootSecret, { name })).account
  const known = await find()
  // Another run may make it meanwhile.
  const made =
    known ?? (await create().catch(async (error): Promise<Account> => (await find()) ?? Promise.reject(error)))
  if (!known) await refreshProfiles(installation)
  return { id: made.id, ...(await profileOf(installation, name)) }
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
  const server = await openServer({
    data,
    host: '127.0.0.1',
    port: 0,
    engineSocket: socket,
    rootSecret,
    allowUnisolated: false,
    log: quietLog(context),
  })
  // Whatever comes of it, the server tells.
  await server.driver.proof().catch(() => undefined)
  const close = async () => {
    // Else what the last job left would stay mounted in the data directory until another server starts on it.
    await server.settled()
    await server.close()
  }
  return { url: server.url, close }
}
