import assert from 'node:assert/strict'
import { it } from 'node:test'
import { buyerText, sellerText } from './dashboard-text.ts'

it('a seller sees the way to use, money by dimension, and who came and went', () => {
  const usage = [{ dimension: 'ml.m5.large.m.i.b', unit: 'minutes', quantity: '90', freeQuantity: '30', amount: '0.3' }]
  const text = sellerText({
    ...{ productTitle: 'Trees', revenue: '0.3', usage },
    funnel: [
      { step: 'IMPRESSIONS', times: 1200, accounts: 40 },
      { step: 'VISITS', times: 30, accounts: 10, conversion: '25.0' },
      { step: 'LAUNCHES' },
    ],
    trials: { new: 1, nonConverted: 2 },
    subscribers: { active: 3, churn: '12.5' },
  })
  assert.equal(
    text,
    [
      'Trees',
      '',
      '             TIMES  ACCOUNTS      OF THE STEP BEFORE',
      'impressions  1200   40            -',
      'visits       30     10            25.0 %',
      'launches     -      fewer than 5  -',
      '',
      'DIMENSION          UNIT     QUANTITY  FREE  USD',
      'ml.m5.large.m.i.b  minutes  90        30    0.3',
      '                                            0.3',
      '',
      'subscribers  active         3',
      'subscribers  churn          12.5 %',
      'trials       new            1',
      'trials       non converted  2',
      '',
    ].join('\n'),
  )
})

it('a buyer sees what was spent and what ends', () => {
  const spend = [{ productTitle: 'Trees', seller: 'Woods Ltd', amount: '12.5' }]
  const agreements = { active: 2, renewingWithin30Days: 1 }
  assert.equal(
    buyerText({ totalAmount: '12.5', spend, agreements }),
    [
      'PRODUCT  SELLER     USD',
      'Trees    Woods Ltd  12.5',
      '                    12.5',
      '',
      'agreements  active                   2',
      'agreements  renewing within 30 days  1',
      '',
    ].join('\n'),
  )
})
