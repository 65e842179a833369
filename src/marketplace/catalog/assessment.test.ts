import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, buyer, type MarketFixture, openMarketFixture, other, seller } from '../market.fixture.ts'
import {
  algorithmArn,
  certifiedAlgorithm,
  changeCatalog,
  onProduct,
  openShop,
  version,
} from '../market-story.fixture.ts'

const Catalog = 'AWSMarketplace'

const list = async (house: MarketFixture, input: object = {}, account = seller): Promise<Answer[]> =>
  (await house.as(account)('catalog', 'ListAssessments', { Catalog, ...input })).AssessmentSummaryList
const of = (EntityId: string) => ({ AssessmentTargetFilter: { EntityId } })

describe('certificates by the Catalog API', () => {
  it('say what certification rests on and what it measured', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const [listed] = await list(house)
    assert.match(
      listed.AssessmentArn,
      /^arn:aws:aws-marketplace:us-east-1::AWSMarketplace\/Assessment\/assessment-[a-z2-7]{25}$/,
    )
    assert.equal(listed.CreatedAt, '2026-11-20T11:00:00Z')
    assert.equal(listed.AssessmentTargetSummary.EntityId, product)
    for (const AssessmentIdentifier of [listed.AssessmentId, listed.AssessmentArn]) {
      const { ControlAssessments, ...head } = await house.as(buyer)('catalog', 'DescribeAssessment', {
        ...{ Catalog, AssessmentIdentifier },
      })
      assert.deepEqual(head, listed)
      const told = ControlAssessments.map(({ ControlId, ControlAssessmentResult: result, Errors: [error] }: Answer) => [
        ...[ControlId, result, error?.Message],
        ...(error?.Scope ?? []).map(({ Name, Value }: Answer) => `${Name}=${Value}`),
      ])
      assert.deepEqual(told, [
        ['TrainingJob', 'PASS', undefined],
        ['TransformJob', 'PASS', undefined],
        ['ImageScan', 'PASS', 'The image has 31.4 MB compressed.', 'IMAGE_BYTES=31400000'],
        ['TrainingTime', 'PASS', 'Trained in 2.5 s.', 'INSTANCE_TYPE=ml.m5.large', 'SECONDS=2.5'],
        [
          ...['TrainingPeakMemory', 'PASS', 'Held 48.2 MB of memory at most.', 'INSTANCE_TYPE=ml.m5.large'],
          'BYTES=48200000',
        ],
        ['StartUp', 'PASS', 'Answered GET /ping 1.3 s after its start.', 'INSTANCE_TYPE=ml.m5.large', 'SECONDS=1.25'],
        [
          ...['Latency', 'PASS', 'Half of 200 payloads were answered within 2.5 ms, 99 in 100 within 20 ms.'],
          ...['INSTANCE_TYPE=ml.m5.large', 'CONTENT_TYPE=text/csv', 'PAYLOADS=200'],
          ...['P50_MILLISECONDS=2.5', 'P99_MILLISECONDS=20'],
        ],
        [
          ...['Throughput', 'PASS', '321.4 payloads a second.', 'INSTANCE_TYPE=ml.m5.large', 'CONTENT_TYPE=text/csv'],
          ...['PAYLOADS=200', 'PER_SECOND=321.4'],
        ],
        ['PeakMemory', 'NOT_EXECUTED', undefined],
      ])
    }
  })

  it('are found by product, change set, delivery option and framework, newest first and in pages', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const second = `${algorithmArn}-2`
    await house.escrow.certify(second, {
      ...certifiedAlgorithm,
      certificate: { ...certifiedAlgorithm.certificate, issued: Date.parse('2026-11-20T11:30:00Z') },
    })
    const set = await changeCatalog(house, [onProduct('AddDeliveryOptions', version('2.0', second), product)])
    const [newer, older, ...more] = await list(house, of(product))
    assert.deepEqual(
      [newer.CreatedAt, older.CreatedAt, more.length],
      ['2026-11-20T11:30:00Z', '2026-11-20T11:00:00Z', 0],
    )
    const { DeliveryOptionId } = older.FrameworkSummary.ContainerSecuritySummary
    const asked = [
      [{ AssessmentTargetFilter: { ChangeSetId: set.ChangeSetId } }, [newer]],
      [{ AssessmentTargetFilter: { EntityIds: [product, 'prod-none'] } }, [newer, older]],
      [{ FrameworkFilters: { ContainerSecurityFilters: { DeliveryOptionId } } }, [older]],
      [{ FrameworkFilters: { AMISecurityFilters: { DeliveryOptionId } } }, []],
      [{ FrameworkId: 'MachineLearningCertification' }, [newer, older]],
      [{ FrameworkId: 'AMISecurity' }, []],
      [of('prod-none'), []],
    ] as const
    for (const [input, found] of asked) assert.deepEqual(await list(house, input), found, JSON.stringify(input))
    const ask = house.as(seller)
    const first = await ask('catalog', 'ListAssessments', { Catalog, MaxResults: 1 })
    const rest = await ask('catalog', 'ListAssessments', { Catalog, MaxResults: 1, NextToken: first.NextToken })
    assert.deepEqual(
      [first.AssessmentSummaryList, rest.AssessmentSummaryList, rest.NextToken],
      [[newer], [older], undefined],
    )
    const controls = { Catalog, AssessmentIdentifier: older.AssessmentId, MaxResults: 3 }
    const ids: string[] = []
    for (let NextToken: string | undefined, turn = 0; turn === 0 || NextToken; turn++) {
      const page: Answer = await ask('catalog', 'DescribeAssessment', { ...controls, ...(NextToken && { NextToken }) })
      ids.push(...page.ControlAssessments.map(({ ControlId }: Answer) => ControlId))
      NextToken = page.NextToken
    }
    assert.equal(ids.length, 9)
    assert.equal(new Set(ids).size, 9)
  })

  it('are for who may see the product', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const [{ AssessmentId: AssessmentIdentifier }] = await list(house)
    assert.equal((await list(house, of(product), other)).length, 1)
    assert.deepEqual(await list(house, {}, other), [])
    await changeCatalog(house, [
      onProduct('UpdateTargeting', { PositiveTargeting: { BuyerAccounts: [buyer] } }, product),
    ])
    await house.store.db.updateTable('market_entity').set({ state: 'Limited' }).where('id', '=', product).execute()
    assert.equal((await list(house, of(product), buyer)).length, 1)
    assert.deepEqual(await list(house, of(product), other), [])
    const asking = (account: string, id: string) =>
      house.as(account)('catalog', 'DescribeAssessment', { Catalog, AssessmentIdentifier: id })
    await assert.rejects(asking(other, AssessmentIdentifier), /Assessment assessment-\w+ was not found/)
    const elsewhere = `arn:aws:aws-marketplace:eu-west-1::AWSMarketplace/Assessment/${AssessmentIdentifier}`
    await assert.rejects(asking(seller, elsewhere), /was not found/)
    await assert.rejects(list(house, { Catalog: 'Other' }), /The catalog Other does not exist/)
  })
})
