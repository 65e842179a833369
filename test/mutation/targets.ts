/** The code that moves money and traffic, and the tests that must notice when any of it is changed. The fast ones stand first. */
export const targets: Readonly<Record<string, readonly string[]>> = {
  'src/runtime/inference-metering.ts': ['src/runtime/inference-metering.test.ts'],
  'src/runtime/journal-line.ts': ['src/runtime/metering-journal.test.ts'],
  'src/runtime/journal-directory.ts': ['src/runtime/metering-journal.test.ts'],
  'src/runtime/journal-file.ts': ['src/runtime/journal-file.test.ts', 'src/runtime/metering-journal.test.ts'],
  'src/runtime/metering-journal.ts': ['src/runtime/metering-journal.test.ts'],
  'src/runtime/routing-table.ts': ['src/runtime/routing-table.test.ts'],
  'src/runtime/endpoint-target.ts': ['src/runtime/endpoint-target.test.ts'],
  'src/runtime/invocation-report.ts': ['src/runtime/invocation-report.test.ts'],
  'src/marketplace/billing/billing-month.ts': ['src/marketplace/billing/billing-month.test.ts'],
  'src/marketplace/billing/bill.ts': ['src/marketplace/billing/bill.test.ts'],
  'src/marketplace/billing/minutes-begun.ts': ['src/marketplace/billing/bill.test.ts'],
  'src/marketplace/billing/trial-units.ts': ['src/marketplace/billing/bill.test.ts'],
  'src/marketplace/billing/statement.ts': market(),
  'src/marketplace/billing/usage.ts': market(),
  'src/marketplace/billing/inference-count.ts': market(),
  'src/marketplace/billing/month-sum.ts': market(),
  'src/marketplace/billing/cost.ts': ['src/marketplace/billing/cost.test.ts', ...market()],
  'src/marketplace/billing/ledger.ts': ['src/marketplace/billing/ledger.test.ts', ...market()],
  'src/marketplace/billing/installment.ts': ['src/marketplace/billing/installment.test.ts', ...market()],
  'src/marketplace/billing/invoice.ts': ['src/marketplace/billing/invoice.test.ts', ...market()],
  'src/marketplace/billing/charge.ts': market(),
  'src/marketplace/catalog/publication.ts': [
    'src/marketplace/catalog/publication.test.ts',
    'src/marketplace/catalog/change-set.test.ts',
    'src/marketplace/market-event.test.ts',
    'src/marketplace/catalog/catalog-service.test.ts',
    'src/marketplace/discovery/discovery-service.test.ts',
    ...market(),
  ],
  'src/store/file-blobs.ts': ['src/store/file-blobs.test.ts'],
}

function market(): string[] {
  return [
    'src/marketplace/billing/inference-count.test.ts',
    'src/marketplace/billing/statement.test.ts',
    'src/marketplace/billing/charge.test.ts',
    'src/marketplace/billing/reconciliation.test.ts',
    'src/marketplace/agreement/agreement.test.ts',
    'src/marketplace/catalog/private-terms.test.ts',
    'src/marketplace/year.test.ts',
  ]
}
