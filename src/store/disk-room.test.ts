import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideRoom, takesRoom } from './disk-room.ts'

const mebibyte = 1024 ** 2

const cases = [
  ['a disk with room and all slices', 1000, 8, 'have room'],
  ['a disk with room, before any slice is kept', 1000, 0, 'keep a slice'],
  ['a disk with too little room for a slice', 19, 0, 'have room'],
  ['a disk that fills up', 15, 8, 'stay'],
  ['a disk that has filled up', 7, 8, 'give a slice'],
  ['a disk that is still full after slices were given', 0, 3, 'give a slice'],
  ['a disk that is full when all are given', 0, 0, 'be full'],
  ['a disk that has the room that was given and no more', 11, 6, 'stay'],
  ['a disk that has room again', 20, 6, 'keep a slice'],
] as const

for (const [what, free, kept, step] of cases)
  test(`${what}: ${step}`, () => assert.equal(decideRoom(free * mebibyte, kept), step))

test('reads, deletions and stops go on while the disk is full, and nothing else', () => {
  const goOn =
    'GetObject ListObjectsV2 HeadBucket DescribeTrainingJob Search LookupEvents DeleteObjects AbortMultipartUpload StopTrainingJob DeleteEndpoint BatchDeleteImage InvokeEndpoint AssumeRole UntagResource'
  const refused =
    'PutObject CreateBucket UploadPart CompleteMultipartUpload CopyObject PutImage UploadLayerPart CreateTrainingJob UpdateEndpoint StartChangeSet TagResource AcceptAgreementRequest RegisterUsage SetRepositoryPolicy'
  assert.deepEqual(goOn.split(' ').filter(takesRoom), [])
  assert.deepEqual(
    refused.split(' ').filter(name => !takesRoom(name)),
    [],
  )
})
