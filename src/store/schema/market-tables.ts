import type { Migration } from '../migration.ts'
import { type MarketAgreementTables, notice } from './market-agreement-tables.ts'
import {
  accountCountry,
  assessment,
  changeSetTries,
  entityOrders,
  type MarketCatalogTables,
  openSets,
} from './market-catalog-tables.ts'
import { inputDrift, inputTries, inputVotes, type MarketDriftTables } from './market-drift-tables.ts'
import { evaluation, evaluationTries, type MarketEvaluationTables } from './market-evaluation-tables.ts'
import { marketFirst } from './market-first-tables.ts'
import { adjustmentRequest, type MarketInvoiceTables } from './market-invoice-tables.ts'
import { interest, type MarketListingTables } from './market-listing-tables.ts'
import { type MarketProcurementTables, productRequest } from './market-procurement-tables.ts'
import { marketSums } from './market-sum-tables.ts'
import { artifact, type MarketUsageTables } from './market-usage-tables.ts'

export type MarketTables = MarketCatalogTables &
  MarketListingTables &
  MarketAgreementTables &
  MarketUsageTables &
  MarketInvoiceTables &
  MarketProcurementTables &
  MarketEvaluationTables &
  MarketDriftTables

/** In the order in which they came. */
export const marketMigrations: readonly Migration[] = [
  ...marketFirst,
  ...marketSums,
  artifact,
  notice,
  openSets,
  assessment,
  accountCountry,
  evaluation,
  interest,
  productRequest,
  adjustmentRequest,
  inputDrift,
  entityOrders,
  inputVotes,
  changeSetTries,
  evaluationTries,
  inputTries,
]
