import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doorOf } from './container-access.ts'

const executionRole = 'arn:aws:iam::111122223333:role/Worker'
const product = 'arn:aws:sagemaker:us-east-1:444455556666:model-package/theirs'

test('only containers whose owner has not isolated them, and of no product, may ask the platform', () => {
  const ask = (isolated: boolean | undefined, products: readonly (string | undefined)[]) =>
    doorOf({ isolated, executionRole, products })
  assert.equal(ask(false, [undefined]), executionRole)
  assert.equal(ask(false, [undefined, undefined]), executionRole)
  for (const isolated of [true, undefined]) assert.equal(ask(isolated, [undefined]), undefined)
  for (const isolated of [false, true, undefined]) {
    assert.equal(ask(isolated, [product]), undefined)
    assert.equal(ask(isolated, [undefined, product]), undefined)
  }
})
