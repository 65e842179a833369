import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ChangeSetFailed } from './change-set-failed.ts'
import { refusedField } from './refused-field.ts'

const failed = (code: string, message: string) => new ChangeSetFailed(message, [{ code, message }])

describe('the field that the catalog refuses', () => {
  it('follows from the code', () => {
    assert.equal(refusedField(failed('INVALID_ACCESS_ROLE', 'The role …')), 'role')
    assert.equal(
      refusedField(failed('DUPLICATE_VERSION_TITLE', 'The version title 1 is already in use.')),
      'versionTitle',
    )
    assert.equal(refusedField(failed('UPDATE_PRICING_REQUIRED', 'Price ml.m5.large.')), 'prices')
  })

  it('follows from the member that the message names, or its path does', () => {
    assert.equal(refusedField(failed('INVALID_INPUT', 'SearchKeywords may have 250 characters together')), 'keywords')
    const path = 'ChangeSet[0].Details.OutputProperties.Description must have at least 1 character'
    assert.equal(refusedField(new Error(path)), 'outputSummary')
    assert.equal(
      refusedField(new Error('ChangeSet[0].Details.LongDescription must have at most 5000 characters')),
      'long',
    )
  })

  it('is none where the page as a whole is meant', () => {
    assert.equal(refusedField(failed('INCOMPATIBLE_PRODUCT_STATUS', 'The product is Restricted.')), undefined)
    assert.equal(refusedField(new Error('The rate is exceeded.')), undefined)
  })
})
