import { pathTo } from '../route/path-table.ts'

const link = (text: string, href: string) => ({ type: 'link' as const, text, href })

/** What stands before it for the operator. */
export const operatorItems = [
  {
    type: 'section-group' as const,
    title: 'Operator',
    items: [
      {
        type: 'section' as const,
        text: 'Market',
        items: [
          link('Accounts', pathTo('accounts')),
          link('Approvals', pathTo('approvals')),
          link('Customer reviews', pathTo('moderation')),
          link('Invoices', pathTo('reconciliation')),
        ],
      },
      {
        type: 'section' as const,
        text: 'Installation',
        items: [
          link('Health and capacity', pathTo('health')),
          link('Scan policy', pathTo('scanPolicy')),
          link('Security log', pathTo('securityLog')),
        ],
      },
    ],
  },
]

/** What stands at the left, by area; entries in AWS's order. */
export const navigationItems = [
  {
    type: 'section-group' as const,
    title: 'AWS Marketplace',
    items: [
      {
        type: 'section' as const,
        text: 'Buy',
        items: [link('Discover products', pathTo('storefront')), link('Manage subscriptions', pathTo('subscriptions'))],
      },
    ],
  },
  {
    type: 'section-group' as const,
    title: 'AWS Partner Central',
    items: [
      {
        type: 'section' as const,
        text: 'Build',
        items: [
          link('Machine learning', pathTo('products')),
          link('Private offers', pathTo('offers')),
          link('Agreements', pathTo('agreements')),
          link('Requests', pathTo('requests')),
          link('Insights', pathTo('insights')),
        ],
      },
    ],
  },
  {
    type: 'section-group' as const,
    title: 'Amazon SageMaker AI',
    items: [
      {
        type: 'section' as const,
        text: 'Training',
        items: [
          link('Algorithms', pathTo('algorithms')),
          link('Training jobs', pathTo('trainingJobs')),
          link('Hyperparameter tuning jobs', pathTo('tuningJobs')),
        ],
      },
      {
        type: 'section' as const,
        text: 'Inference',
        items: [
          link('Marketplace model packages', pathTo('modelPackages')),
          link('Models', pathTo('models')),
          link('Endpoint configurations', pathTo('endpointConfigs')),
          link('Endpoints', pathTo('endpoints')),
          link('Batch transform jobs', pathTo('transformJobs')),
        ],
      },
    ],
  },
  {
    type: 'section-group' as const,
    title: 'Elastic Container Registry',
    items: [
      {
        type: 'section' as const,
        text: 'Private registry',
        items: [link('Repositories', pathTo('repositories'))],
      },
    ],
  },
  {
    type: 'section-group' as const,
    title: 'S3',
    items: [{ type: 'section' as const, text: 'General purpose', items: [link('Buckets', pathTo('buckets'))] }],
  },
  {
    type: 'section-group' as const,
    title: 'Key Management Service',
    items: [{ type: 'section' as const, text: 'Keys', items: [link('Customer managed keys', pathTo('keys'))] }],
  },
  {
    type: 'section-group' as const,
    title: 'Identity and Access Management',
    items: [
      {
        type: 'section' as const,
        text: 'Access management',
        items: [
          link('Users', pathTo('users')),
          link('User groups', pathTo('groups')),
          link('Roles', pathTo('roles')),
          link('Policies', pathTo('policies')),
          link('Policy simulator', pathTo('simulator')),
        ],
      },
    ],
  },
  {
    type: 'section-group' as const,
    title: 'CloudWatch',
    items: [
      {
        type: 'section' as const,
        text: 'Monitoring',
        items: [
          link('Log groups', pathTo('logGroups')),
          link('All metrics', pathTo('metrics')),
          link('Alarms', pathTo('alarms')),
        ],
      },
    ],
  },
  {
    type: 'section-group' as const,
    title: 'Amazon EventBridge',
    items: [
      {
        type: 'section' as const,
        text: 'Buses',
        items: [link('Rules', pathTo('rules')), link('Dead letters', pathTo('deadLetters'))],
      },
    ],
  },
  {
    type: 'section-group' as const,
    title: 'Simple Notification Service',
    items: [{ type: 'section' as const, text: 'Amazon SNS', items: [link('Topics', pathTo('topics'))] }],
  },
]
