import assert from 'node:assert/strict'
import { craftImage } from '../../src/ecr/crafted-image.fixture.ts'
import { installation, pushCrafted } from './installation.ts'
import { parityOf, refused, unverified, verified } from './parity.ts'

const at = installation()
const parity = parityOf('ECR')
const reference = verified('Amazon ECR API Reference')
const guide = verified('Amazon ECR User Guide')

const registryPolicy = (Action: string, Resource: string, Effect = 'Allow') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect, Principal: { AWS: `arn:aws:iam::${at.stranger.id}:root` }, Action, Resource }],
  })

const repository = 'arn:aws:ecr:us-east-1:123456789012:repository'

parity(
  'PutRegistryPolicy GetRegistryPolicy DeleteRegistryPolicy PutAccountSetting',
  guide,
  'a registry’s policy lets another account into its repositories, in the scope that the account chose',
  async () => {
    const { ecr } = at.owner
    const list = () => at.stranger.ecr.listImages({ registryId: at.owner.id, repositoryName: 'probe' })
    await refused(ecr.getRegistryPolicy({}), 'RegistryPolicyNotFoundException', /Registry policy does not exist/)
    await refused(ecr.deleteRegistryPolicy({}), 'RegistryPolicyNotFoundException', /in the registry with id/)
    for (const text of [
      'no json',
      '{}',
      registryPolicy('s3:*', '*'),
      registryPolicy('ecr:*', '*').replace(',"Resource":"*"', ''),
    ])
      await refused(ecr.putRegistryPolicy({ policyText: text }), 'InvalidParameterException', /Invalid registry policy/)
    await refused(list(), 'AccessDeniedException', /not authorized to perform: ecr:ListImages/)
    const policyText = registryPolicy('ecr:ListImages', `${repository}/pro*`)
    assert.deepEqual((await ecr.putRegistryPolicy({ policyText })).policyText, policyText)
    assert.deepEqual((await ecr.getRegistryPolicy({})).policyText, policyText)
    assert.equal((await list()).imageIds?.length, 1)
    await refused(
      at.stranger.ecr.describeImages({ registryId: at.owner.id, repositoryName: 'probe' }),
      'AccessDeniedException',
      /ecr:DescribeImages/,
    )
    await ecr.putAccountSetting({ name: 'REGISTRY_POLICY_SCOPE', value: 'V1' })
    await refused(list(), 'AccessDeniedException', /ecr:ListImages/)
    await ecr.putAccountSetting({ name: 'REGISTRY_POLICY_SCOPE', value: 'V2' })
    const own = JSON.parse(registryPolicy('ecr:ListImages', '*'))
    delete own.Statement[0].Resource
    await ecr.setRepositoryPolicy({ repositoryName: 'probe', policyText: JSON.stringify(own) })
    await ecr.putRegistryPolicy({ policyText: registryPolicy('ecr:ListImages', '*', 'Deny') })
    await refused(list(), 'AccessDeniedException', /explicit deny/)
    await ecr.deleteRegistryPolicy({})
    assert.equal((await list()).imageIds?.length, 1)
    await ecr.deleteRepositoryPolicy({ repositoryName: 'probe' })
  },
)

parity(
  'GetAccountSetting PutAccountSetting',
  reference,
  'settings have a value before any is put; what is unknown or not to be had is refused; mounting can be turned off',
  async () => {
    const { ecr } = at.owner
    for (const [name, value] of [
      ['BASIC_SCAN_TYPE_VERSION', 'AWS_NATIVE'],
      ['REGISTRY_POLICY_SCOPE', 'V2'],
      ['BLOB_MOUNTING', 'ENABLED'],
    ])
      assert.equal((await ecr.getAccountSetting({ name })).value, value)
    await refused(ecr.getAccountSetting({ name: 'NONE' }), 'InvalidParameterException', /none of the account settings/)
    const clair = ecr.putAccountSetting({ name: 'BASIC_SCAN_TYPE_VERSION', value: 'CLAIR' })
    await refused(clair, 'InvalidParameterException', /none of the values/)
    await ecr.createRepository({ repositoryName: 'mounting' })
    const { authorizationData } = await ecr.getAuthorizationToken({})
    const headers = { authorization: `Basic ${authorizationData?.[0]?.authorizationToken}` }
    const { layers } = JSON.parse(await manifestOf('probe'))
    const mount = async () => {
      const query = `mount=${layers[0].digest}&from=${at.owner.id}/probe`
      const to = `${at.url}/v2/${at.owner.id}/mounting/blobs/uploads/?${query}`
      return (await fetch(to, { method: 'POST', headers })).status
    }
    await ecr.putAccountSetting({ name: 'BLOB_MOUNTING', value: 'DISABLED' })
    assert.equal(await mount(), 202)
    await ecr.putAccountSetting({ name: 'BLOB_MOUNTING', value: 'ENABLED' })
    assert.equal(await mount(), 201)
  },
)

async function manifestOf(repositoryName: string): Promise<string> {
  const { images } = await at.owner.ecr.batchGetImage({ repositoryName, imageIds: [{ imageTag: 'latest' }] })
  return images?.[0]?.imageManifest ?? ''
}

parity(
  'PutRegistryScanningConfiguration GetRegistryScanningConfiguration BatchGetRepositoryScanningConfiguration',
  guide,
  'filters of the registry say which repositories are scanned when images are pushed',
  async () => {
    const { ecr } = at.owner
    const none = await ecr.getRegistryScanningConfiguration({})
    assert.deepEqual(none.scanningConfiguration, { scanType: 'BASIC', rules: [] })
    const enhanced = ecr.putRegistryScanningConfiguration({ scanType: 'ENHANCED' })
    await refused(enhanced, 'InvalidParameterException', /only BASIC/)
    const repositoryFilters = [
      { filter: 'prod*', filterType: 'WILDCARD' as const },
      { filter: 'odd', filterType: 'WILDCARD' as const },
    ]
    const rules = [{ scanFrequency: 'SCAN_ON_PUSH' as const, repositoryFilters }]
    await ecr.putRegistryScanningConfiguration({ scanType: 'BASIC', rules })
    const { scanningConfiguration } = await ecr.getRegistryScanningConfiguration({})
    assert.deepEqual(scanningConfiguration, { scanType: 'BASIC', rules })
    for (const repositoryName of ['prod/a', 'the-odd-one', 'dev/prod']) await ecr.createRepository({ repositoryName })
    const asked = await ecr.batchGetRepositoryScanningConfiguration({
      repositoryNames: ['prod/a', 'the-odd-one', 'dev/prod', 'absent'],
    })
    assert.deepEqual(
      asked.scanningConfigurations?.map(one => [
        one.scanOnPush,
        one.scanFrequency,
        one.appliedScanFilters?.[0]?.filter,
      ]),
      [
        [true, 'SCAN_ON_PUSH', 'prod*'],
        [true, 'SCAN_ON_PUSH', 'odd'],
        [false, 'MANUAL', undefined],
      ],
    )
    assert.deepEqual(
      asked.failures?.map(one => [one.repositoryName, one.failureCode]),
      [['absent', 'REPOSITORY_NOT_FOUND']],
    )
    for (const name of ['prod/a', 'dev/prod']) await pushCrafted(at.owner, name, await craftImage([name]))
    const scanned = async (repositoryName: string) =>
      (await ecr.describeImages({ repositoryName })).imageDetails?.[0]?.imageScanStatus !== undefined
    assert.deepEqual([await scanned('prod/a'), await scanned('dev/prod')], [true, false])
  },
)

const rule = (rulePriority: number, selection: object) => ({ rulePriority, selection, action: { type: 'expire' } })
const beyond = (countNumber: number) => ({ countType: 'imageCountMoreThan', countNumber })

parity(
  'StartLifecyclePolicyPreview GetLifecyclePolicyPreview',
  reference,
  'a policy is tried, by itself or the repository’s own, and nothing is expired',
  async () => {
    const { ecr } = at.owner
    const repositoryName = 'preview'
    await ecr.createRepository({ repositoryName })
    for (const text of ['one', 'two', 'three']) await pushCrafted(at.owner, repositoryName, await craftImage([text]))
    const start = (rules?: object[]) =>
      ecr.startLifecyclePolicyPreview({
        repositoryName,
        ...(rules && { lifecyclePolicyText: JSON.stringify({ rules }) }),
      })
    const get = (more: object = {}) => ecr.getLifecyclePolicyPreview({ repositoryName, ...more })
    await refused(get(), 'LifecyclePolicyPreviewNotFoundException', /preview does not exist/)
    await refused(start(), 'LifecyclePolicyNotFoundException', /Lifecycle policy does not exist/)
    const rules = [rule(1, { tagStatus: 'untagged', ...beyond(1) }), rule(2, { tagStatus: 'any', ...beyond(10) })]
    assert.equal((await start(rules)).status, 'IN_PROGRESS')
    const found = await get()
    assert.equal(found.status, 'COMPLETE')
    assert.deepEqual(found.summary, { expiringImageTotalCount: 1 })
    const [result] = found.previewResults ?? []
    assert.deepEqual([result?.action?.type, result?.appliedRulePriority, result?.imageTags], ['EXPIRE', 1, undefined])
    assert.deepEqual((await get({ filter: { tagStatus: 'TAGGED' } })).previewResults, [])
    const named = { imageIds: [{ imageDigest: result?.imageDigest ?? '' }] }
    assert.equal((await get(named)).previewResults?.length, 1)
    assert.equal((await ecr.describeImages({ repositoryName })).imageDetails?.length, 3)
  },
)

parity('ListImageReferrers', reference, 'what refers to an image is listed by artifact type, in pages', async () => {
  const { ecr } = at.owner
  const repositoryName = 'referred'
  await ecr.createRepository({ repositoryName })
  const image = await craftImage(['subject'])
  await pushCrafted(at.owner, repositoryName, image)
  const imageDigest = image.manifest.digest
  const subject = { mediaType: image.mediaType, digest: imageDigest, size: image.manifest.bytes.length }
  for (const kind of ['sbom', 'signature', 'note']) {
    const extra = { subject, artifactType: `application/x-${kind}`, annotations: { kind } }
    await pushCrafted(at.owner, repositoryName, await craftImage([kind], { extra }))
  }
  const seen: (string | undefined)[] = []
  for (let nextToken: string | undefined, pages = 0; pages === 0 || nextToken; pages++) {
    const page = await ecr.listImageReferrers({ repositoryName, subjectId: { imageDigest }, maxResults: 2, nextToken })
    assert.ok(pages < 3)
    seen.push(...(page.referrers ?? []).map(one => one.annotations?.kind))
    nextToken = page.nextToken
  }
  assert.deepEqual(seen.sort(), ['note', 'sbom', 'signature'])
  const filter = { artifactTypes: ['application/x-sbom', 'application/x-note'] }
  const some = await ecr.listImageReferrers({ repositoryName, subjectId: { imageDigest }, filter })
  assert.deepEqual(some.referrers?.map(one => [one.artifactType, one.artifactStatus]).sort(), [
    ['application/x-note', 'ACTIVE'],
    ['application/x-sbom', 'ACTIVE'],
  ])
  const archived = { artifactStatus: 'ARCHIVED' as const }
  const none = await ecr.listImageReferrers({ repositoryName, subjectId: { imageDigest }, filter: archived })
  assert.deepEqual(none.referrers, [])
})

parity(
  'CreateRepositoryCreationTemplate DescribeRepositoryCreationTemplates UpdateRepositoryCreationTemplate DeleteRepositoryCreationTemplate',
  guide,
  'a push makes the repository that it names when a template is for that, with what the template says',
  async () => {
    const { ecr, id } = at.owner
    const lifecyclePolicy = JSON.stringify({ rules: [rule(1, { tagStatus: 'any', ...beyond(3) })] })
    const template = {
      prefix: 'team/models/',
      appliedFor: ['CREATE_ON_PUSH' as const],
      imageTagMutability: 'IMMUTABLE' as const,
      resourceTags: [{ Key: 'team', Value: 'models' }],
      lifecyclePolicy,
    }
    const made = await ecr.createRepositoryCreationTemplate(template)
    assert.equal(made.repositoryCreationTemplate?.prefix, 'team/models')
    const again = ecr.createRepositoryCreationTemplate(template)
    await refused(again, 'TemplateAlreadyExistsException', /already exists/)
    const kms = { encryptionType: 'KMS' as const }
    const encrypted = ecr.updateRepositoryCreationTemplate({ prefix: 'team/models', encryptionConfiguration: kms })
    await refused(encrypted, 'InvalidParameterException', /KMS/)
    await ecr.updateRepositoryCreationTemplate({ prefix: 'team/models', description: 'ours' })
    const { repositoryCreationTemplates } = await ecr.describeRepositoryCreationTemplates({ prefixes: ['team/models'] })
    assert.deepEqual(
      repositoryCreationTemplates?.map(one => [one.description, one.imageTagMutability, one.appliedFor]),
      [['ours', 'IMMUTABLE', ['CREATE_ON_PUSH']]],
    )
    const { authorizationData } = await ecr.getAuthorizationToken({})
    const headers = { authorization: `Basic ${authorizationData?.[0]?.authorizationToken}` }
    const begin = async (name: string) =>
      (await fetch(`${at.url}/v2/${id}/${name}/blobs/uploads/`, { method: 'POST', headers })).status
    assert.equal(await begin('team/modelsnot'), 404)
    assert.equal(await begin('other/new'), 404)
    assert.equal(await begin('team/models/deep/new'), 202)
    const name = 'team/models/deep/new'
    const { repositories } = await ecr.describeRepositories({ repositoryNames: [name] })
    assert.equal(repositories?.[0]?.imageTagMutability, 'IMMUTABLE')
    const { tags } = await ecr.listTagsForResource({ resourceArn: `${repository}/${name}` })
    assert.deepEqual(tags, [{ Key: 'team', Value: 'models' }])
    const kept = await ecr.getLifecyclePolicy({ repositoryName: name })
    assert.equal(kept.lifecyclePolicyText, lifecyclePolicy)
    const strangers = await at.stranger.ecr.getAuthorizationToken({})
    const as = { authorization: `Basic ${strangers.authorizationData?.[0]?.authorizationToken}` }
    const foreign = `${at.url}/v2/${id}/team/models/foreign/blobs/uploads/`
    assert.equal((await fetch(foreign, { method: 'POST', headers: as })).status, 403)
    await ecr.deleteRepositoryCreationTemplate({ prefix: 'team/models' })
    const gone = ecr.deleteRepositoryCreationTemplate({ prefix: 'team/models' })
    await refused(gone, 'TemplateNotFoundException', /does not exist/)
    assert.equal(await begin('team/models/late'), 404)
  },
)

parity(
  'CreateRepositoryCreationTemplate PutRegistryPolicy',
  unverified(
    'the guide names the prefix ROOT and the longest match; who creates across accounts follows from the policy’s actions',
  ),
  'the nearest template counts, ROOT is the last, and another account creates where the registry’s policy lets it',
  async () => {
    const { ecr, id } = at.owner
    const push = { appliedFor: ['CREATE_ON_PUSH' as const] }
    await ecr.createRepositoryCreationTemplate({ prefix: 'ROOT', imageTagMutability: 'MUTABLE', ...push })
    await ecr.createRepositoryCreationTemplate({ prefix: 'a', imageTagMutability: 'IMMUTABLE', ...push })
    const { authorizationData } = await at.stranger.ecr.getAuthorizationToken({})
    const headers = { authorization: `Basic ${authorizationData?.[0]?.authorizationToken}` }
    const begin = async (name: string) =>
      (await fetch(`${at.url}/v2/${id}/${name}/blobs/uploads/`, { method: 'POST', headers })).status
    const allow = (...actions: string[]) => {
      const policy = JSON.parse(registryPolicy('ecr:*', `${repository}/*`))
      policy.Statement[0].Action = actions
      return ecr.putRegistryPolicy({ policyText: JSON.stringify(policy) })
    }
    await allow('ecr:InitiateLayerUpload')
    assert.equal(await begin('a/b'), 403)
    await allow('ecr:InitiateLayerUpload', 'ecr:CreateRepository')
    assert.equal(await begin('a/b'), 202)
    assert.equal(await begin('c'.repeat(3)), 202)
    const { repositories } = await ecr.describeRepositories({ repositoryNames: ['a/b', 'ccc'] })
    assert.deepEqual(
      repositories?.map(one => one.imageTagMutability),
      ['IMMUTABLE', 'MUTABLE'],
    )
    await ecr.deleteRegistryPolicy({})
  },
)

parity('DescribeImageReplicationStatus', reference, 'no image has a replica', async () => {
  const { ecr } = at.owner
  const repositoryName = 'probe'
  const told = await ecr.describeImageReplicationStatus({ repositoryName, imageId: { imageTag: 'latest' } })
  assert.deepEqual(
    [told.repositoryName, told.imageId, told.replicationStatuses],
    [repositoryName, { imageTag: 'latest' }, []],
  )
  const none = { repositoryName, imageId: { imageTag: 'none' } }
  await refused(ecr.describeImageReplicationStatus(none), 'ImageNotFoundException', /none/)
  const nowhere = { repositoryName: 'nowhere', imageId: { imageTag: 'latest' } }
  await refused(ecr.describeImageReplicationStatus(nowhere), 'RepositoryNotFoundException', /nowhere/)
})
