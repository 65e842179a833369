import assert from 'node:assert/strict'
import test from 'node:test'
import { joinS3Uri, parseS3Uri } from './s3-uri.ts'

test('bucket and key are told apart', () => {
  assert.deepEqual(parseS3Uri('s3://b/k/l'), { bucket: 'b', key: 'k/l' })
  assert.deepEqual(parseS3Uri('s3://b/k/'), { bucket: 'b', key: 'k/' })
  assert.deepEqual(
    [parseS3Uri('s3://b'), parseS3Uri('s3://b/')],
    [
      { bucket: 'b', key: '' },
      { bucket: 'b', key: '' },
    ],
  )
  assert.deepEqual(parseS3Uri('s3://b/a\nb'), { bucket: 'b', key: 'a\nb' })
})

for (const uri of ['', 's3://', 's3:///k', 'https://b/k', 'S3://b/k', '/b/k', ' s3://b/k'])
  test(`${JSON.stringify(uri)} is refused`, () =>
    assert.throws(() => parseS3Uri(uri), { code: 'ValidationException', message: /^Invalid S3 URI: / }))

test('there is one slash between the parts, whatever the prefix ends with', () => {
  for (const prefix of ['s3://b/out', 's3://b/out/', 's3://b/out//'])
    assert.equal(joinS3Uri(prefix, 'job', 'model.tar.gz'), 's3://b/out/job/model.tar.gz')
  assert.equal(joinS3Uri('s3://b', 'k'), 's3://b/k')
})
