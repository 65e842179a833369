import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { matchPath, type PageName, pathTo, patterns } from './path-table.ts'

describe('the addresses of the console', () => {
  it('are these: who changes one breaks links that people have kept', () => {
    assert.deepEqual(patterns, {
      home: '/',
      signIn: '/sign-in',
      switchRole: '/switch-role',
      storefront: '/marketplace/search',
      product: '/marketplace/pp/:name',
      procurement: '/marketplace/procurement',
      subscriptions: '/marketplace/subscriptions',
      subscription: '/marketplace/subscriptions/:name',
      launch: '/marketplace/subscriptions/:name/configure',
      evaluations: '/marketplace/evaluations',
      createEvaluation: '/marketplace/evaluations/create',
      evaluation: '/marketplace/evaluations/:name',
      experiences: '/marketplace/private-marketplaces',
      experience: '/marketplace/private-marketplaces/:name',
      productRequests: '/marketplace/product-requests',
      products: '/partnercentral/products',
      createProduct: '/partnercentral/products/create',
      ownProduct: '/partnercentral/products/:name',
      listProduct: '/partnercentral/products/:name/listing',
      createVersion: '/partnercentral/products/:name/versions/create',
      algorithms: '/sagemaker/algorithms',
      createAlgorithm: '/sagemaker/algorithms/create',
      algorithm: '/sagemaker/algorithms/:name',
      modelPackages: '/sagemaker/model-packages',
      createModelPackage: '/sagemaker/model-packages/create',
      modelPackage: '/sagemaker/model-packages/:name',
      repositories: '/ecr/repositories',
      createRepository: '/ecr/repositories/create',
      repository: '/ecr/repositories/:name',
      trainingJobs: '/sagemaker/jobs',
      createTrainingJob: '/sagemaker/jobs/create',
      trainingJob: '/sagemaker/jobs/:name',
      models: '/sagemaker/models',
      createModel: '/sagemaker/models/create',
      model: '/sagemaker/models/:name',
      endpointConfigs: '/sagemaker/endpointConfig',
      createEndpointConfig: '/sagemaker/endpointConfig/create',
      endpointConfig: '/sagemaker/endpointConfig/:name',
      endpoints: '/sagemaker/endpoints',
      createEndpoint: '/sagemaker/endpoints/create',
      endpoint: '/sagemaker/endpoints/:name',
      transformJobs: '/sagemaker/transform-jobs',
      createTransformJob: '/sagemaker/transform-jobs/create',
      transformJob: '/sagemaker/transform-jobs/:name',
      keys: '/kms/keys',
      key: '/kms/keys/:name',
      users: '/iam/users',
      user: '/iam/users/:name',
      groups: '/iam/groups',
      group: '/iam/groups/:name',
      roles: '/iam/roles',
      role: '/iam/roles/:name',
      policies: '/iam/policies',
      policy: '/iam/policies/:name',
      identityProviders: '/iam/identity-providers',
      createIdentityProvider: '/iam/identity-providers/create',
      identityProvider: '/iam/identity-providers/:name',
      securityCredentials: '/iam/security-credentials',
      simulator: '/iam/simulator',
      logGroups: '/cloudwatch/log-groups',
      logGroup: '/cloudwatch/log-groups/:name',
      metrics: '/cloudwatch/metrics',
      alarms: '/cloudwatch/alarms',
      rules: '/events/rules',
      deadLetters: '/events/dead-letters',
      topics: '/sns/topics',
      buckets: '/s3/buckets',
      bucket: '/s3/buckets/:name',
      accounts: '/operator/accounts',
      approvals: '/operator/approvals',
      quotaRequests: '/operator/quota-requests',
      moderation: '/operator/reviews',
      reconciliation: '/operator/invoices',
      health: '/operator/health',
      scanPolicy: '/operator/scan-policy',
      securityLog: '/operator/security-log',
      signInProviders: '/operator/sign-in',
      requests: '/partnercentral/requests',
      request: '/partnercentral/requests/:name',
      agreements: '/partnercentral/agreements',
      agreement: '/partnercentral/agreements/:name',
      offers: '/partnercentral/offers',
      createOffer: '/partnercentral/offers/create',
      offer: '/partnercentral/offers/:name',
      insights: '/partnercentral/insights',
      tuningJobs: '/sagemaker/hyper-tuning-jobs',
      createTuningJob: '/sagemaker/hyper-tuning-jobs/create',
      tuningJob: '/sagemaker/hyper-tuning-jobs/:name',
    })
  })

  it('lead to their page', () => {
    for (const [page, pattern] of Object.entries(patterns)) {
      const path = `/console${pattern.replaceAll(/:\w+/g, 'x')}`
      assert.equal(matchPath(path)?.page, page as PageName)
    }
    assert.equal(matchPath('/console')?.page, 'home')
    assert.equal(matchPath('/console/nothing'), undefined)
    assert.equal(matchPath('/console/sagemaker/jobs/a/b'), undefined)
  })

  it('hold any name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), name => {
        fc.pre(name !== 'create' && name !== '.' && name !== '..')
        assert.deepEqual(matchPath(pathTo('trainingJob', { name })), { page: 'trainingJob', params: { name } })
      }),
    )
  })

  it('that are typed wrong throw nothing', () => {
    assert.deepEqual(matchPath('/console/sagemaker/jobs/100%')?.params, { name: '100%' })
  })
})
