import { type PageName, pathTo } from '../route/path-table.ts'

type Entry = readonly [text: string, page: PageName]

const area = (title: string, sections: Readonly<Record<string, readonly Entry[]>>) => ({
  type: 'section-group' as const,
  title,
  items: Object.entries(sections).map(([text, entries]) => ({
    ...{ type: 'section' as const, text },
    items: entries.map(([name, page]) => ({ type: 'link' as const, text: name, href: pathTo(page as 'home') })),
  })),
})

/** What stands before it for the operator. */
export const operatorItems = [
  area('Operator', {
    Market: [
      ['Accounts', 'accounts'],
      ['Approvals', 'approvals'],
      ['Quota requests', 'quotaRequests'],
      ['Customer reviews', 'moderation'],
      ['Invoices', 'reconciliation'],
    ],
    Installation: [
      ['Health and capacity', 'health'],
      ['Scan policy', 'scanPolicy'],
      ['Security log', 'securityLog'],
      ['Sign-in providers', 'signInProviders'],
    ],
  }),
]

/** What stands at the left, by area; entries in AWS's order. */
export const navigationItems = [
  area('AWS Marketplace', {
    Buy: [
      ['Discover products', 'storefront'],
      ['Evaluations', 'evaluations'],
      ['Manage subscriptions', 'subscriptions'],
      ['Product requests', 'productRequests'],
      ['Private marketplaces', 'experiences'],
    ],
  }),
  area('AWS Partner Central', {
    Build: [
      ['Machine learning', 'products'],
      ['Private offers', 'offers'],
      ['Agreements', 'agreements'],
      ['Requests', 'requests'],
      ['Insights', 'insights'],
    ],
  }),
  area('Amazon SageMaker AI', {
    Training: [
      ['Algorithms', 'algorithms'],
      ['Training jobs', 'trainingJobs'],
      ['Hyperparameter tuning jobs', 'tuningJobs'],
    ],
    Inference: [
      ['Marketplace model packages', 'modelPackages'],
      ['Models', 'models'],
      ['Endpoint configurations', 'endpointConfigs'],
      ['Endpoints', 'endpoints'],
      ['Batch transform jobs', 'transformJobs'],
    ],
  }),
  area('Elastic Container Registry', { 'Private registry': [['Repositories', 'repositories']] }),
  area('S3', { 'General purpose': [['Buckets', 'buckets']] }),
  area('Key Management Service', { Keys: [['Customer managed keys', 'keys']] }),
  area('Identity and Access Management', {
    'Access management': [
      ['Users', 'users'],
      ['User groups', 'groups'],
      ['Roles', 'roles'],
      ['Policies', 'policies'],
      ['Identity providers', 'identityProviders'],
      ['Policy simulator', 'simulator'],
    ],
  }),
  area('CloudWatch', {
    Monitoring: [
      ['Log groups', 'logGroups'],
      ['All metrics', 'metrics'],
      ['Alarms', 'alarms'],
    ],
  }),
  area('Amazon EventBridge', {
    Buses: [
      ['Rules', 'rules'],
      ['Dead letters', 'deadLetters'],
    ],
  }),
  area('Simple Notification Service', { 'Amazon SNS': [['Topics', 'topics']] }),
]
