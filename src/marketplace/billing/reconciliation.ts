import Big from 'big.js'
import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import type { Store } from '../../store/store.ts'
import { type Agreement, agreementOf } from '../agreement/agreement.ts'
import { adjusted } from './billing-adjustment.ts'
import { monthOf, monthStart } from './billing-month.ts'
import { costLines } from './cost.ts'
import { inCents, invoiced } from './invoice.ts'
import { type Booked, bookedLines, lineKey } from './ledger.ts'
import { type Counted, recount } from './recount.ts'

/** What a look at every agreement found; amounts in USD. */
export interface Reconciliation {
  readonly agreements: number
  readonly facts: number
  /** Exact. */
  readonly charged: string
  readonly invoiced: string
  readonly refunded: string
  /** Charged and on no invoice yet: the current month, and facts that came late. */
  readonly open: string
  /** Each in a sentence that names the agreement; none when every charge follows from the facts. */
  readonly differences: readonly string[]
}

/**
 * Counts every usage fact again and holds the result against what the agreements are charged and what their invoices say. Each agreement
 * is read in one transaction, so that it may run beside the server.
 */
export async function reconcileCharges(store: Store, now: number): Promise<Reconciliation> {
  const rows = await store.db.selectFrom('market_agreement').selectAll().orderBy('accepted').orderBy('id').execute()
  const sum = { facts: 0, charged: Big(0), invoiced: Big(0), refunded: Big(0), differences: [] as string[] }
  for (const agreement of rows.map(agreementOf)) {
    const found = await store.transaction(tx => reconcileAgreement(tx.db, agreement, now))
    sum.facts += found.facts
    sum.charged = sum.charged.plus(found.charged)
    sum.invoiced = sum.invoiced.plus(found.invoiced)
    sum.refunded = sum.refunded.plus(found.refunded)
    sum.differences.push(...found.differences.map(what => `Agreement ${agreement.id}: ${what}`))
  }
  return {
    agreements: rows.length,
    facts: sum.facts,
    charged: sum.charged.toFixed(),
    invoiced: sum.invoiced.toFixed(2),
    refunded: sum.refunded.toFixed(2),
    open: sum.charged.minus(sum.invoiced).toFixed(),
    differences: sum.differences,
  }
}

async function reconcileAgreement(db: Kysely<Database>, agreement: Agreement, now: number) {
  const lines = await costLines(db, agreement, now)
  const { facts, lines: counted } = await recount(db, agreement, now)
  const booked = await bookedLines(db, agreement.id)
  const billed = await invoiced(db, agreement.id)
  const refunds = await refundsOf(db, agreement.id)
  return {
    facts,
    charged: lines.reduce((sum, line) => sum.plus(line.amount), Big(0)),
    invoiced: billed,
    refunded: refunds.reduce((sum, refund) => sum.plus(refund.amount), Big(0)),
    differences: [
      ...chargeDifferences(new Map(lines.map(line => [lineKey(line), line])), counted),
      ...invoiceDifferences(booked, counted, monthStart(monthOf(now))),
      ...(inCents(booked.values()).eq(billed)
        ? []
        : [`its invoices come to ${billed.toFixed(2)}, their lines to ${inCents(booked.values()).toFixed(2)}.`]),
      ...refunds.flatMap(({ excess, invoice }) => (excess ? [`more than invoice ${invoice} was refunded.`] : [])),
    ],
  }
}

interface Charged {
  readonly units: bigint
  readonly freeUnits: bigint
  readonly amount: Big.BigSource
}

/** Where the bill is not what the facts come to, one way or the other. */
function chargeDifferences(charged: ReadonlyMap<string, Charged>, counted: ReadonlyMap<string, Counted>): string[] {
  return [...new Set([...charged.keys(), ...counted.keys()])].flatMap(key => {
    const bill = charged.get(key)
    const fact = counted.get(key)
    if (bill && fact && same(bill, fact)) return []
    return [`${key} is charged as ${inWords(bill)}, and its facts come to ${inWords(fact)}.`]
  })
}

/** Invoices may lag behind the facts, which the next one makes up for; they may never be ahead of them. */
function invoiceDifferences(
  booked: ReadonlyMap<string, Booked>,
  counted: ReadonlyMap<string, Counted>,
  currentMonth: number,
): string[] {
  return [...booked].flatMap(([key, line]) => {
    const [year, month] = JSON.parse(key) as [number, number]
    const fact = counted.get(key)
    const early = monthStart({ year, month }) >= currentMonth
    // What was invoiced while it ran and had ended at once was given back: a line of nothing is no difference.
    if (!early && line.units <= (fact?.units ?? 0n) && line.amount.lte(fact?.amount ?? 0)) return []
    return [`${key} is invoiced as ${inWords(line)}, and its facts come to ${inWords(fact)}.`]
  })
}

const same = (one: Charged, other: Charged): boolean =>
  one.units === other.units && one.freeUnits === other.freeUnits && Big(one.amount).eq(other.amount)

const inWords = (line: Charged | undefined): string =>
  line ? `${line.units} units, ${line.freeUnits} of them free, for ${Big(line.amount).toFixed()}` : 'nothing'

async function refundsOf(db: Kysely<Database>, agreement: string) {
  const invoices = await db.selectFrom('market_invoice').selectAll().where('agreement', '=', agreement).execute()
  return Promise.all(
    invoices.map(async ({ id: invoice, amount: total }) => {
      const amount = await adjusted(db, invoice)
      return { invoice, amount, excess: amount.gt(0) && amount.gt(total) }
    }),
  )
}
