import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Deployment, EndpointHost, EndpointRow } from './endpoint.ts'
import { endpointView } from './endpoint-view.ts'

const host = (attempt: number, memoryPart?: number): EndpointHost => ({
  ...{ variant: 'v', index: attempt, attempt },
  ...(memoryPart !== undefined && { memoryPart }),
})
const image = { definition: { Image: '1.dkr.ecr.r.amazonaws.com/echo:latest' }, imageDigest: 'sha256:ab' }
const seller = { definition: {}, imageDigest: 'sha256:cd', productArn: 'arn:product' }
const deployment = (configName: string, weight: number, since: number, ...hosts: EndpointHost[]): Deployment => ({
  ...{ configName, hosts, since },
  variants: [{ name: 'v', instanceType: 'ml.m5.large', weight, model: { containers: [image, seller] } } as never],
})
const view = (change: Partial<EndpointRow>) =>
  endpointView({ name: 'e', arn: 'arn', created: 1, modified: 2, lastAttempt: 9, ...change } as EndpointRow)
const images = (since: number) => [
  {
    SpecifiedImage: '1.dkr.ecr.r.amazonaws.com/echo:latest',
    ResolvedImage: '1.dkr.ecr.r.amazonaws.com/echo@sha256:ab',
    ResolutionTime: new Date(since),
  },
]

test('an endpoint that is being created tells its deployment, and the hosts that have a place', () => {
  const target = deployment('c', 2, 5, host(1, 1), host(2))
  const { PendingDeploymentSummary, ProductionVariants, EndpointConfigName } = view({ status: 'Creating', target })
  assert.deepEqual([EndpointConfigName, ProductionVariants], ['c', undefined])
  assert.deepEqual(PendingDeploymentSummary, {
    EndpointConfigName: 'c',
    ProductionVariants: [
      {
        ...{ VariantName: 'v', CurrentWeight: 2, DesiredWeight: 2, CurrentInstanceCount: 1, DesiredInstanceCount: 2 },
        InstanceType: 'ml.m5.large',
        DeployedImages: images(5),
        VariantStatus: [{ Status: 'Creating', StatusMessage: 'Waiting for capacity.', StartTime: new Date(5) }],
      },
    ],
    StartTime: new Date(5),
  })
})

test('an update to a new configuration is told beside what serves, which it does not change yet', () => {
  const live = deployment('old', 1, 3, host(1, 1))
  const target = deployment('new', 4, 5, host(2, 1), host(3, 1))
  const { PendingDeploymentSummary, ProductionVariants, EndpointConfigName } = view({
    ...{ status: 'Updating', live, target },
  })
  assert.equal(EndpointConfigName, 'old')
  assert.deepEqual(ProductionVariants, [
    {
      ...{ VariantName: 'v', CurrentWeight: 1, DesiredWeight: 1, CurrentInstanceCount: 1, DesiredInstanceCount: 1 },
      DeployedImages: images(3),
    },
  ])
  assert.equal(PendingDeploymentSummary?.EndpointConfigName, 'new')
  assert.deepEqual(PendingDeploymentSummary?.ProductionVariants?.[0]?.VariantStatus, [
    { Status: 'Creating', StartTime: new Date(5) },
  ])
})

test('other weights and numbers of instances are told where they change, and are no deployment', () => {
  const live = deployment('c', 1, 3, host(1, 1))
  const target = deployment('c', 4, 5, host(1, 1), host(2, 1))
  const { PendingDeploymentSummary, ProductionVariants } = view({ status: 'Updating', live, target })
  assert.equal(PendingDeploymentSummary, undefined)
  assert.deepEqual(ProductionVariants, [
    {
      ...{ VariantName: 'v', CurrentWeight: 1, DesiredWeight: 4, CurrentInstanceCount: 1, DesiredInstanceCount: 2 },
      DeployedImages: images(3),
      VariantStatus: [{ Status: 'Updating', StartTime: new Date(5) }],
    },
  ])
})

for (const [what, change] of [
  ['serves', { status: 'InService', live: deployment('c', 1, 3, host(1, 1)) }],
  ['is deleted before it served', { status: 'Deleting', target: deployment('c', 1, 3, host(1, 1)) }],
  ['has failed', { status: 'Failed' }],
] as const)
  test(`an endpoint that ${what} has no pending deployment`, () =>
    assert.equal(view(change).PendingDeploymentSummary, undefined))
