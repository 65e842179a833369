import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { IAM } from '@aws-sdk/client-iam'
import { MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import { S3 } from '@aws-sdk/client-s3'
import type { CommandContext } from './command-context.ts'
import { ensureRole } from './ensure-role.ts'
import { type EvaluationResult, evaluationTable } from './evaluation-table.ts'
import { marketRequest } from './market-request.ts'
import { clientSettings } from './publisher.ts'
import { reachServer, requireEngine } from './reach-server.ts'
import { accountOf } from './seller-account.ts'
import type { OpenServer } from './start.ts'

export interface EvaluateOptions {
  readonly account: string
  /** A file of this machine, or `s3://BUCKET/KEY` of the account's. */
  readonly rows: string
  readonly labels?: string
  readonly contentType: string
  /** What algorithms learn from: a channel's name, and a file or `s3://BUCKET/KEY`. */
  readonly training: readonly (readonly [channel: string, file: string])[]
  readonly trainingContentType: string
  readonly hyperParameter: readonly (readonly [name: string, value: string])[]
  readonly metric: string
  readonly positiveLabel?: string
  readonly column?: number
  readonly field?: string
  readonly json: boolean
}

const role = {
  name: 'ModelmartEvaluation',
  service: 'sagemaker.amazonaws.com',
  policies: ['AmazonS3FullAccess'],
}

const lookMs = 500

/**
 * `modelmart evaluate PRODUCT...`: runs products on rows of an account's own and prints them side by side, the best first. Files are put into a
 * bucket of the account, where the answers come too. Exits 1 when none has a score.
 */
export async function evaluate(
  products: readonly string[],
  options: EvaluateOptions,
  context: CommandContext,
  openServer: OpenServer,
): Promise<void> {
  const server = await reachServer(context, openServer)
  try {
    await requireEngine(server.url)
    const profile = await accountOf(options.account, context)
    const settings = clientSettings({ profile, url: server.url })
    const ask = marketRequest(server.url, new MarketplaceCatalog(settings))
    const request = await requestOf(products, options, settings, `evaluations-${profile.id}`)
    const { evaluationId } = await ask('POST', '/2026-11-30/evaluations', request)
    for (;;) {
      const told = await ask('GET', `/2026-11-30/evaluations/${evaluationId}/results`)
      if (told.status === 'ENDED') return show(told as { results: EvaluationResult[] }, options, context)
      await sleep(lookMs)
    }
  } catch (error) {
    context.err.write(`modelmart evaluate: ${(error as Error).message}\n`)
    process.exitCode = 1
  } finally {
    await server.close()
  }
}

function show(
  told: { readonly results: readonly EvaluationResult[] },
  { json, metric }: EvaluateOptions,
  { out }: CommandContext,
) {
  out.write(json ? `${JSON.stringify(told, null, 2)}\n` : evaluationTable(told.results, metric))
  if (!told.results.some(({ score }) => score !== undefined)) process.exitCode = 1
}

async function requestOf(
  products: readonly string[],
  options: EvaluateOptions,
  settings: ReturnType<typeof clientSettings>,
  bucket: string,
) {
  const {
    rows,
    labels,
    training,
    trainingContentType,
    hyperParameter,
    metric,
    positiveLabel,
    column,
    field,
    contentType,
  } = options
  const s3 = new S3({ ...settings, forcePathStyle: true })
  await s3.createBucket({ Bucket: bucket })
  const place = async (name: string) => {
    if (name.startsWith('s3://')) return { s3Uri: name }
    const Key = `data/${basename(name)}`
    await s3.putObject({ Bucket: bucket, Key, Body: await readFile(resolve(name)) })
    return { s3Uri: `s3://${bucket}/${Key}` }
  }
  const channels = []
  for (const [channelName, file] of training)
    channels.push({ channelName, contentType: trainingContentType, ...(await place(file)) })
  const hyperParameters = Object.fromEntries(hyperParameter)
  const hasPlace = column !== undefined || field !== undefined
  return {
    candidates: products.map(productId => ({ productId, ...(hyperParameter.length > 0 && { hyperParameters }) })),
    roleArn: await ensureRole(new IAM(settings), role),
    input: { ...(await place(rows)), contentType },
    ...(labels !== undefined && { labels: await place(labels) }),
    ...(channels.length > 0 && { training: { channels } }),
    output: { s3Uri: `s3://${bucket}/answers` },
    metric: metric.toUpperCase(),
    ...(positiveLabel !== undefined && { positiveLabel }),
    ...(hasPlace && { prediction: { ...(column !== undefined && { column }), ...(field !== undefined && { field }) } }),
  }
}
