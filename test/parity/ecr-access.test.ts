import assert from 'node:assert/strict'
import { ECR } from '@aws-sdk/client-ecr'
import { clientOf, installation } from './installation.ts'
import { parityOf, refused, verified } from './parity.ts'
import { userWith } from './user.ts'

const at = installation()
const reference = verified('Service Authorization Reference, Amazon Elastic Container Registry')
const parity = parityOf('ECR')
const repository = 'arn:aws:ecr:us-east-1:123456789012:repository'

const user = async (name: string, statements: object[]) =>
  clientOf(ECR, at, { credentials: await userWith(at, name, statements) })

const statement = (Effect: 'Allow' | 'Deny', Action: string | string[], Condition?: object, Resource = '*') => ({
  ...{ Effect, Action, Resource },
  ...(Condition && { Condition }),
})

const denied = (call: Promise<unknown>, action: string) =>
  refused(call, 'AccessDeniedException', new RegExp(`is not authorized to perform: ecr:${action} on resource: `))

parity(
  'CreateRepository TagResource UntagResource DescribeRepositories',
  reference,
  'by tags of the request and of the repository, under both of its keys',
  async () => {
    const red = (key: string) => ({ StringEquals: { [`${key}/colour`]: 'red' } })
    const only = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['colour'] } }
    const client = await user('tagger', [
      statement('Allow', 'ecr:CreateRepository', red('aws:RequestTag')),
      statement('Allow', ['ecr:TagResource', 'ecr:UntagResource'], only),
      statement('Allow', 'ecr:DescribeRepositories', red('ecr:ResourceTag')),
      statement('Allow', 'ecr:ListImages', red('aws:ResourceTag')),
    ])
    const create = (repositoryName: string, Value: string) =>
      client.createRepository({ repositoryName, tags: [{ Key: 'colour', Value }] })
    await create('red', 'red')
    await denied(create('blue', 'blue'), 'CreateRepository')
    await denied(client.createRepository({ repositoryName: 'none' }), 'CreateRepository')
    const describe = () => client.describeRepositories({ repositoryNames: ['red'] })
    const list = () => client.listImages({ repositoryName: 'red' })
    assert.equal((await describe()).repositories?.length, 1)
    await list()
    const resourceArn = `${repository}/red`
    await denied(client.tagResource({ resourceArn, tags: [{ Key: 'size', Value: 'l' }] }), 'TagResource')
    await denied(client.untagResource({ resourceArn, tagKeys: ['colour', 'size'] }), 'UntagResource')
    await client.untagResource({ resourceArn, tagKeys: ['colour'] })
    await denied(describe(), 'DescribeRepositories')
    await denied(list(), 'ListImages')
    await client.tagResource({ resourceArn, tags: [{ Key: 'colour', Value: 'red' }] })
    await describe()
  },
)

parity(
  'GetAuthorizationToken BatchGetImage',
  reference,
  'the registry asks by the same conditions as the API: region, address, client, transport',
  async () => {
    const guards: Readonly<Record<string, object>> = {
      region: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } },
      address: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
      client: { StringLike: { 'aws:UserAgent': '*' } },
      transport: { Bool: { 'aws:SecureTransport': 'false' } },
    }
    for (const [name, guard] of Object.entries(guards)) {
      const client = await user(`guarded-by-${name}`, [
        statement('Allow', ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage']),
        statement('Deny', 'ecr:BatchGetImage', guard),
      ])
      const asked = client.batchGetImage({ repositoryName: 'probe', imageIds: [{ imageTag: 'latest' }] })
      await refused(asked, 'AccessDeniedException', /with an explicit deny in an identity-based policy/)
      const { authorizationData } = await client.getAuthorizationToken({})
      const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`
      const pulled = await fetch(`${at.url}/v2/123456789012/probe/manifests/latest`, { headers: { authorization } })
      assert.equal(pulled.status, 403, name)
      assert.match(await pulled.text(), /"code":"DENIED".*explicit deny/)
    }
    const free = await user('free', [statement('Allow', ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage'])])
    const { authorizationData } = await free.getAuthorizationToken({})
    const headers = { authorization: `Basic ${authorizationData?.[0]?.authorizationToken}` }
    assert.equal((await fetch(`${at.url}/v2/123456789012/probe/manifests/latest`, { headers })).status, 200)
  },
)
