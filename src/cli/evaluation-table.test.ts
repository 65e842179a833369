import assert from 'node:assert/strict'
import { it } from 'node:test'
import { evaluationTable } from './evaluation-table.ts'

it('products stand side by side, with what is known of each and why the rest is not', () => {
  const product = (productTitle: string) => ({ productTitle, productId: `prod-${productTitle.toLowerCase()}` })
  const table = evaluationTable(
    [
      {
        ...{ ...product('Trees'), status: 'SUCCEEDED', rank: 1, score: 2 / 3 },
        ...{ latency: { p50Ms: 1.23456, p99Ms: 20 }, pricePerThousandRows: '0.00083333' },
      },
      { ...product('Forest'), status: 'SUCCEEDED', scoreProblem: 'There are 3 labels and 2 answers.' },
      { ...product('Swamp'), status: 'FAILED', failureReason: 'ClientError: it ended.' },
      { ...product('Moor'), status: 'STOPPED' },
    ],
    'accuracy',
  )
  assert.equal(
    table,
    [
      '   PRODUCT               ACCURACY  P50 MS  P99 MS  USD/1000',
      '1  Trees (prod-trees)    0.6667    1.235   20      0.00083333',
      '-  Forest (prod-forest)  -         -       -       -           There are 3 labels and 2 answers.',
      '-  Swamp (prod-swamp)    -         -       -       -           ClientError: it ended.',
      '-  Moor (prod-moor)      -         -       -       -           STOPPED',
      '',
    ].join('\n'),
  )
})
