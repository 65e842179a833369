import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runCommand } from './command.fixture.ts'

const folder = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))
const request = async (...words: string[]) => {
  const { out, err, code } = await runCommand('nowhere', 'request', ...words)
  return code === 0 ? JSON.parse(out) : err
}

test('a model package is asked for with its model, and trains nothing', async () => {
  const given = ['--image', 'a:1', '--artifact', 's3://mine/model.tar.gz', '--role', 'arn:aws:iam::111122223333:role/a']
  const sent = await request('certification', folder('language-guess'), ...given, '--bucket', 'mine')
  assert.deepEqual(sent.InferenceSpecification.Containers, [{ Image: 'a:1', ModelDataUrl: 's3://mine/model.tar.gz' }])
  const [profile] = sent.ValidationSpecification.ValidationProfiles
  assert.equal(
    profile.TransformJobDefinition.TransformInput.DataSource.S3DataSource.S3Uri,
    's3://mine/language-guess/data/inference/',
  )
  assert.equal(profile.TrainingJobDefinition, undefined)
})

test('what is missing or unknown is told', async () => {
  assert.match(await request('listing', folder('iris-trees'), '--role', 'a'), /wants --asset, --links, --account too/)
  assert.match(
    await request('offer', folder('iris-trees')),
    /There is no request offer\. There are certification, listing/,
  )
  assert.match(await request('publication', folder('none'), '--product', 'prod-a'), /There is no .*product\.json/)
})
