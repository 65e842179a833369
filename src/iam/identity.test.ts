import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cacheBudget, cachedBytes } from '../ground/bounded-cache.ts'
import { compile } from './compiled-policy.ts'
import { policy } from './iam.fixture.ts'

test('five thousand policies in use stay compiled; what they hold is weighed and bounded', () => {
  const documents = Array.from({ length: 5000 }, (_, index) => policy(`s3:Get${index}`, `arn:aws:s3:::box-${index}/*`))
  const compiled = documents.map(document => compile(document, 'identity'))
  const again = documents.map(document => compile(document, 'identity'))
  assert.ok(again.every((one, index) => one === compiled[index]))
  const before = cachedBytes()
  assert.ok(before > documents.join('').length && before < cacheBudget)
  for (let index = 0; index < 40; index++)
    compile(
      policy(
        's3:*',
        Array.from({ length: 20_000 }, (_, key) => `arn:aws:s3:::box-${index}/${key}`),
      ),
      'identity',
    )
  assert.ok(cachedBytes() <= cacheBudget)
  assert.notEqual(compile(documents[0] as string, 'identity'), compiled[0])
})
