import { MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import type { CommandContext } from './command-context.ts'
import { type BuyerDashboard, buyerText, type SellerDashboard, sellerText } from './dashboard-text.ts'
import { marketRequest } from './market-request.ts'
import { clientSettings } from './publisher.ts'
import { reachServer } from './reach-server.ts'
import { accountOf } from './seller-account.ts'
import type { OpenServer } from './start.ts'

export interface DashboardOptions {
  readonly account: string
  /** `2026-11`. */
  readonly month: string
  readonly json: boolean
}

/** `modelmart dashboard seller PRODUCT`, `modelmart dashboard buyer`: a month at a glance. */
export async function dashboard(
  product: string | undefined,
  { account, month: yearAndMonth, json }: DashboardOptions,
  context: CommandContext,
  openServer: OpenServer,
): Promise<void> {
  const [year, month] = yearAndMonth.split('-').map(Number)
  const server = await reachServer(context, openServer)
  try {
    const settings = clientSettings({ profile: await accountOf(account, context), url: server.url })
    const ask = marketRequest(server.url, new MarketplaceCatalog(settings))
    const input = { ...(product !== undefined && { productId: product }), billingPeriod: { year, month } }
    const told = await ask('POST', `/2026-11-20/get${product === undefined ? 'Buyer' : 'Seller'}Dashboard`, input)
    const text = () => (product === undefined ? buyerText(told as BuyerDashboard) : sellerText(told as SellerDashboard))
    context.out.write(json ? `${JSON.stringify(told, null, 2)}\n` : text())
  } catch (error) {
    context.err.write(`modelmart dashboard: ${(error as Error).message}\n`)
    process.exitCode = 1
  } finally {
    await server.close()
  }
}
