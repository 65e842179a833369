import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { paginateListServiceQuotas, ServiceQuotas } from '@aws-sdk/client-service-quotas'
import { type Quota, quotas } from '../../src/quotas/quotas.ts'
import { clientOf, installation } from './installation.ts'
import { parityOf, refused, verified } from './parity.ts'

const at = installation()
const parity = parityOf('Service Quotas')
const reference = verified('Service Quotas API Reference')

parity('ListServices ListServiceQuotas', reference, 'what is enforced is told, service by service', async () => {
  const client = clientOf(ServiceQuotas, at)
  const { Services: services = [] } = await client.listServices({})
  const told = new Map<string, number>()
  const all: readonly Quota[] = Object.values(quotas).flatMap(table => Object.values<Quota>(table))
  const adjustable = new Set(all.flatMap(({ name, isAdjustable }) => (isAdjustable ? [name] : [])))
  for (const { ServiceCode } of services) {
    const { Quotas = [] } = await client.listServiceQuotas({ ServiceCode })
    for (const quota of Quotas) {
      assert.equal(quota.Adjustable, adjustable.has(`${quota.QuotaName}`), quota.QuotaName)
      assert.equal(quota.ServiceCode, ServiceCode)
      told.set(`${quota.QuotaName}`, quota.Value ?? 0)
    }
  }
  const enforced = Object.values(quotas).flatMap(table => Object.values(table))
  assert.deepEqual([...told].sort(), enforced.map(({ name, value }) => [name, value]).sort())
})

parity('ListServiceQuotas ListServices', reference, 'in pages, and one by its code', async () => {
  const client = clientOf(ServiceQuotas, at)
  const codes: (string | undefined)[] = []
  for await (const page of paginateListServiceQuotas({ client, pageSize: 2 }, { ServiceCode: 'iam' }))
    codes.push(...(page.Quotas ?? []).map(({ QuotaCode }) => QuotaCode))
  assert.deepEqual(
    codes,
    Object.values(quotas.iam)
      .map(({ code }) => code)
      .sort(),
  )
  const one = await client.listServiceQuotas({ ServiceCode: 'events', QuotaCode: 'L-388D1D08' })
  assert.deepEqual(
    one.Quotas?.map(({ QuotaName, Value }) => [QuotaName, Value]),
    [['Targets per rule', 5]],
  )
  const ofResources = { ServiceCode: 'iam', QuotaAppliedAtLevel: 'RESOURCE' as const }
  assert.deepEqual((await client.listServiceQuotas(ofResources)).Quotas, [])
  const { NextToken } = await client.listServices({ MaxResults: 1 })
  const next = await client.listServices({ MaxResults: 1, NextToken })
  assert.equal(next.Services?.[0]?.ServiceCode, 'aws-marketplace')
  await refused(
    client.listServiceQuotas({ ServiceCode: 'iam', NextToken }),
    'InvalidPaginationTokenException',
    /token/i,
  )
})

parity(
  'GetServiceQuota GetAWSDefaultServiceQuota ListAWSDefaultServiceQuotas',
  verified('Service Quotas API Reference; AWS CLI Command Reference, the examples of service-quotas'),
  'one quota, applied and by default; a global one is no region’s',
  async () => {
    const { id } = at.owner
    const client = clientOf(ServiceQuotas, at, { region: 'eu-west-1' })
    const rules = { ServiceCode: 'events', QuotaCode: 'L-244521F2' }
    assert.deepEqual((await client.getServiceQuota(rules)).Quota, {
      ...rules,
      ServiceName: 'Amazon EventBridge (CloudWatch Events)',
      QuotaArn: `arn:aws:servicequotas:eu-west-1:${id}:events/L-244521F2`,
      QuotaName: 'Number of rules',
      ...{ Value: 300, Unit: 'None', Adjustable: false, GlobalQuota: false, QuotaAppliedAtLevel: 'ACCOUNT' },
    })
    const byDefault = (await client.getAWSDefaultServiceQuota(rules)).Quota
    assert.equal(byDefault?.QuotaArn, 'arn:aws:servicequotas:eu-west-1::events/L-244521F2')
    const { Quotas: defaults = [] } = await client.listAWSDefaultServiceQuotas({ ServiceCode: 'events' })
    assert.deepEqual(
      defaults.find(({ QuotaCode }) => QuotaCode === rules.QuotaCode),
      byDefault,
    )
    const { Quota: roles } = await client.getServiceQuota({ ServiceCode: 'iam', QuotaCode: 'L-FE177D64' })
    assert.deepEqual([roles?.GlobalQuota, roles?.QuotaArn], [true, `arn:aws:servicequotas::${id}:iam/L-FE177D64`])
    const lookups = { ServiceCode: 'cloudtrail', QuotaCode: 'rate-of-lookup-events' }
    const { Quota: rate } = await client.getServiceQuota(lookups)
    assert.deepEqual([rate?.Value, rate?.Period], [2, { PeriodValue: 1, PeriodUnit: 'SECOND' }])
  },
)

parity('GetServiceQuota ListServiceQuotas', reference, 'refuses what there is no quota of', async () => {
  const client = clientOf(ServiceQuotas, at)
  const gone = 'NoSuchResourceException'
  await refused(client.listServiceQuotas({ ServiceCode: 'ec2' }), gone, /The service ec2/)
  await refused(client.getServiceQuota({ ServiceCode: 'iam', QuotaCode: 'L-00000000' }), gone, /L-00000000 of iam/)
  const ofResource = { ServiceCode: 'events', QuotaCode: 'L-388D1D08', ContextId: 'rule' }
  await refused(client.getServiceQuota(ofResource), gone, /of the resource rule/)
})

parity(
  'RequestServiceQuotaIncrease GetRequestedServiceQuotaChange ListRequestedServiceQuotaChangeHistory ListRequestedServiceQuotaChangeHistoryByQuota',
  reference,
  'what is AWS’s own number cannot be raised, and who has not asked has no history',
  async () => {
    const client = clientOf(ServiceQuotas, at)
    const rules = { ServiceCode: 'events', QuotaCode: 'L-244521F2' }
    const increase = client.requestServiceQuotaIncrease({ ...rules, DesiredValue: 1000 })
    await refused(increase, 'IllegalArgumentException', /L-244521F2 \(Number of rules\) is not adjustable: it is 300/)
    await refused(
      client.getRequestedServiceQuotaChange({ RequestId: 'a1' }),
      'NoSuchResourceException',
      /no request a1/,
    )
    assert.deepEqual((await client.listRequestedServiceQuotaChangeHistory({})).RequestedQuotas, [])
    assert.deepEqual((await client.listRequestedServiceQuotaChangeHistoryByQuota(rules)).RequestedQuotas, [])
  },
)

test('what is told is where it ends: keys of a user, targets of a rule, dimensions of a metric filter', async () => {
  const iam = clientOf(IAM, at)
  const client = clientOf(ServiceQuotas, at)
  const toldOf = async (ServiceCode: string, name: string) => {
    const { Quotas = [] } = await client.listServiceQuotas({ ServiceCode })
    return Quotas.find(({ QuotaName }) => QuotaName === name)?.Value ?? assert.fail(name)
  }
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`)

  await iam.createUser({ UserName: 'counted' })
  const keys = await toldOf('iam', 'Access keys per user')
  for (const _ of upTo(keys)) await iam.createAccessKey({ UserName: 'counted' })
  await refused(
    iam.createAccessKey({ UserName: 'counted' }),
    'LimitExceededException',
    `Cannot exceed quota for AccessKeysPerUser: ${keys}`,
  )

  const events = clientOf(EventBridge, at)
  const targets = await toldOf('events', 'Targets per rule')
  await events.putRule({ Name: 'counted', EventPattern: '{"source":["mine"]}' })
  const Arn = `arn:aws:logs:us-east-1:${at.owner.id}:log-group:/aws/events/counted`
  const put = (ids: readonly string[]) => events.putTargets({ Rule: 'counted', Targets: ids.map(Id => ({ Id, Arn })) })
  await put(upTo(targets))
  await refused(put(['another']), 'LimitExceededException', /exceeds the maximum number/)

  const logs = clientOf(CloudWatchLogs, at)
  const dimensions = await toldOf('logs', 'Dimensions per metric filter')
  await logs.createLogGroup({ logGroupName: 'counted' })
  const filterWith = (names: readonly string[]) =>
    logs.putMetricFilter({
      ...{ logGroupName: 'counted', filterName: 'f', filterPattern: `[${names.join(', ')}]` },
      metricTransformations: [
        {
          ...{ metricName: 'm', metricNamespace: 'n', metricValue: '1' },
          dimensions: Object.fromEntries(names.map(name => [name, `$${name}`])),
        },
      ],
    })
  await filterWith(upTo(dimensions))
  await refused(
    filterWith(upTo(dimensions + 1)),
    'InvalidParameterException',
    `A metric filter can have no more than ${dimensions} dimensions.`,
  )
})
