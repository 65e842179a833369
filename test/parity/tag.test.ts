import assert from 'node:assert/strict'
import type { Tag } from '@aws-sdk/client-sagemaker'
import { installation } from './installation.ts'
import { parity, refused, verified } from './parity.ts'

const at = installation()
const reference = verified('SageMaker API Reference, AddTags and Tag')
const many = (count: number, from = 0): Tag[] =>
  Array.from({ length: count }, (_, index) => ({ Key: `key-${from + index}`, Value: 'x' }))

const create = async (name: string, Tags: Tag[]) =>
  (await at.owner.sagemaker.createModelPackageGroup({ ModelPackageGroupName: name, Tags }))
    .ModelPackageGroupArn as string

const tagsOf = async (ResourceArn: string) => (await at.owner.sagemaker.listTags({ ResourceArn })).Tags

parity('AddTags DeleteTags ListTags', reference, 'added, changed and taken away', async () => {
  const { sagemaker } = at.owner
  const ResourceArn = await create('life', [{ Key: 'a', Value: '1' }])
  const { Tags } = await sagemaker.addTags({
    ResourceArn,
    Tags: [
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: '' },
    ],
  })
  const both = [
    { Key: 'a', Value: '2' },
    { Key: 'b', Value: '' },
  ]
  assert.deepEqual([Tags, await tagsOf(ResourceArn)], [both, both])
  await sagemaker.deleteTags({ ResourceArn, TagKeys: ['a', 'never-there'] })
  assert.deepEqual(await tagsOf(ResourceArn), [{ Key: 'b', Value: '' }])
  await sagemaker.deleteModelPackageGroup({ ModelPackageGroupName: 'life' })
  await create('life', [])
  assert.deepEqual(await tagsOf(ResourceArn), [], 'tags go with their resource')
})

parity('AddTags', reference, 'at most 50, none of AWS’s own', async () => {
  const { sagemaker } = at.owner
  const ResourceArn = await create('limits', many(50))
  await sagemaker.addTags({ ResourceArn, Tags: [{ Key: 'key-0', Value: 'changed' }] })
  await refused(sagemaker.addTags({ ResourceArn, Tags: many(1, 50) }), 'ValidationException', /at most 50/)
  assert.equal((await tagsOf(ResourceArn))?.length, 50, 'nothing of it was written')
  await refused(create('no', many(51)), 'ValidationException', /'tags'.*less than or equal to 50/)
  await refused(create('no', [{ Key: 'aws:mine', Value: 'x' }]), 'ValidationException', /aws:/)
  await refused(create('no', [{ Key: 'bad*key', Value: 'x' }]), 'ValidationException', /'tags.1.member.key'/)
})

parity(
  'AddTags ListTags',
  verified('SageMaker API Reference, AddTags, has the rules; the texts are ours'),
  'a key once, on what is there and one’s own',
  async () => {
    const twice = [...many(1), ...many(1)]
    await refused(create('no', twice), 'ValidationException', /Duplicate tag keys/)
    const ResourceArn = await create('own', [])
    await refused(at.owner.sagemaker.addTags({ ResourceArn, Tags: twice }), 'ValidationException', /Duplicate tag keys/)
    const absent = ResourceArn.replace('own', 'absent')
    await refused(
      at.owner.sagemaker.listTags({ ResourceArn: absent }),
      'ValidationException',
      /Could not find resource/,
    )
    const foreign = at.stranger.sagemaker.addTags({ ResourceArn, Tags: many(1) })
    await refused(foreign, 'AccessDeniedException', /sagemaker:AddTags/)
  },
)
