import { Readable } from 'node:stream'
import Big from 'big.js'
import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { allAsk, type OwnApi, onAnything, type Service, service } from '../../service/service.ts'
import type { SellerNames } from '../discovery/listing.ts'
import type { BillingMonth } from './billing-month.ts'
import { csvHead, csvRows } from './csv.ts'
import { type DashboardParts, getBuyerDashboard, getSellerDashboard } from './dashboard.ts'
import { openReport, type ReportType } from './report.ts'

interface CreateReportInput {
  readonly reportType: ReportType
  readonly billingPeriod: BillingMonth
  readonly destination: { readonly bucket: string; readonly prefix?: string }
}

/** Writes a report into a bucket, as the caller: who may put the object may have it there. Writing it again replaces it. */
const createReport = async (input: CreateReportInput, ctx: Context & SellerNames) => {
  const { reportType, billingPeriod, destination } = input
  const { year, month } = billingPeriod
  const parts = { db: ctx.store.db, sellerName: ctx.sellerName, now: ctx.now().getTime() }
  const { columns, pages } = openReport(parts, reportType, ctx.account, billingPeriod)
  let rows = 0
  let total = Big(0)
  async function* text() {
    yield csvHead(columns)
    for await (const page of pages) {
      rows += page.length
      total = page.reduce((sum, row) => sum.plus(row.amount ?? 0), total)
      yield csvRows(columns, page)
    }
  }
  const name = `${reportType.toLowerCase().replace('_', '-')}-${year}-${String(month).padStart(2, '0')}.csv`
  const key = [destination.prefix?.replace(/\/+$/, ''), ctx.account, name].filter(Boolean).join('/')
  await inReportWords(() =>
    ctx.objects.put(ctx.principal, destination.bucket, key, Readable.from(text(), { objectMode: false }), {
      contentType: 'text/csv; charset=utf-8',
    }),
  )
  return { bucket: destination.bucket, key, rows, totalAmount: total.toFixed(), currencyCode: 'USD' }
}

/** S3's refusals in the codes of this API, in their own words. */
async function inReportWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const denied = error.code.startsWith('AccessDenied')
    throw new ServiceError(denied ? 'AccessDeniedException' : 'ValidationException', `${error.code}: ${error.message}`)
  }
}

/** Reports and dashboards for sellers and buyers. AWS shows them in its portals; this API is ours, see `docs/reports.md`. */
export const createReportService = (parts: DashboardParts): Service =>
  service<OwnApi, DashboardParts>({
    model: 'marketplace-reports',
    parts: () => parts,
    operations: allAsk<OwnApi, DashboardParts>(onAnything('aws-marketplace'), {
      CreateReport: createReport,
      GetSellerDashboard: getSellerDashboard,
      GetBuyerDashboard: getBuyerDashboard,
    }),
  })
