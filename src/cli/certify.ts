import { writeFile } from 'node:fs/promises'
// @ts-expect-error the set-up is plain JavaScript, since it also runs before anything is installed
import { ensureEngine } from '../../setup/engine.mjs'
import { createEngineClient } from '../driver/engine-client.ts'
import type { Check } from './certify-checks.ts'
import { type Product, readProduct } from './certify-product.ts'
import { type CertifyReport, jsonReport, junitReport, sarifReport, textReport } from './certify-report.ts'
import { certifyImage } from './certify-run.ts'
import { openSession, type Session } from './certify-session.ts'
import type { CommandContext } from './command-context.ts'
import { openInstallation } from './installation.ts'
import { notebookOfCertified } from './notebook-as-buyer.ts'
import { type ImageOptions, imageOf, push } from './product-image.ts'
import type { Engine } from './push-image.ts'
import { reachServer, requireEngine } from './reach-server.ts'
import { ensureAccount } from './seller-account.ts'
import type { OpenServer } from './start.ts'

export interface CertifyOptions extends ImageOptions {
  readonly account: string
  readonly json: boolean
  /** Files for the report as JUnit XML and as SARIF, which are written also when the command fails. */
  readonly junit?: string
  readonly sarif?: string
  /** Of a container, until it answers `GET /ping`. */
  readonly startupSeconds: number
  /** Where the notebook with its outputs is written; executed only where it is told. */
  readonly notebook?: string
  /** Whether what AWS would certify all the same fails too. */
  readonly strict: boolean
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

async function run(
  product: Product,
  engine: Engine,
  image: string,
  url: string,
  { account, startupSeconds, notebook, strict }: CertifyOptions,
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
    const { arn, checks } = await certifyImage(session, product, uri, { tell, strict })
    const publisher = { profile, url, engine, client, context, tell }
    const executed =
      arn !== undefined && notebook ? await notebookOfCertified(publisher, product, arn, notebook) : undefined
    return [await imageCheck(session, product, uri), ...checks, ...(executed ? [executed] : [])]
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
