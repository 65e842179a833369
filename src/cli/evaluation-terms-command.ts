import { MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import type { CommandContext } from './command-context.ts'
import { marketRequest } from './market-request.ts'
import { clientSettings } from './publisher.ts'
import { reachServer } from './reach-server.ts'
import { accountOf } from './seller-account.ts'
import type { OpenServer } from './start.ts'

export interface EvaluationTermsOptions {
  readonly account: string
  readonly rows?: number
  readonly minutes?: number
  readonly evaluations?: number
  readonly remove: boolean
}

/** `modelmart evaluation-terms PRODUCT`: what its seller allows without a subscription: said, taken back, or shown. */
export async function evaluationTerms(
  product: string,
  { account, rows: maxRows, minutes: maxMinutes, evaluations: maxEvaluations, remove }: EvaluationTermsOptions,
  context: CommandContext,
  openServer: OpenServer,
): Promise<void> {
  const server = await reachServer(context, openServer)
  try {
    const settings = clientSettings({ profile: await accountOf(account, context), url: server.url })
    const ask = marketRequest(server.url, new MarketplaceCatalog(settings))
    const path = `/2026-11-30/products/${product}/evaluationTerms`
    const given = [maxRows, maxMinutes, maxEvaluations].filter(each => each !== undefined).length
    if (remove && given > 0) throw new Error('give --remove alone')
    if (remove) await ask('DELETE', path)
    else if (given > 0) await ask('PUT', path, { maxRows, maxMinutes, maxEvaluations })
    const told = remove ? 'cannot be evaluated' : sentence((await ask('GET', path)).terms)
    context.out.write(`${product} ${told}\n`)
  } catch (error) {
    context.err.write(`modelmart evaluation-terms: ${(error as Error).message}\n`)
    process.exitCode = 1
  } finally {
    await server.close()
  }
}

const sentence = ({ maxRows, maxMinutes, maxEvaluations }: Record<string, number>): string =>
  `can be evaluated ${maxEvaluations} times by an account, with ${maxRows} rows and ${maxMinutes} minutes each`
