import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isPublic } from './public-statement.ts'

const everybody = { Effect: 'Allow', Principal: '*' }
const under = (operator: string, key: string, value: unknown) =>
  isPublic({ ...everybody, Condition: { [operator]: { [key]: value } } })

describe('a statement is public', () => {
  it('when it is for everybody, however that is written', () => {
    for (const Principal of [
      '*',
      { AWS: '*' },
      { AWS: ['arn:aws:iam::123456789012:root', '*'] },
      { CanonicalUser: '*' },
    ])
      assert.equal(isPublic({ Effect: 'Allow', Principal }), true, JSON.stringify(Principal))
    assert.equal(isPublic({ Effect: 'Allow', NotPrincipal: { AWS: '123456789012' } }), true)
    assert.equal(isPublic({ Effect: 'Deny', Principal: '*' }), false)
    assert.equal(isPublic({ Effect: 'Allow', Principal: { AWS: '123456789012' } }), false)
    assert.equal(isPublic({ Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' } }), false)
  })

  it('when its range of addresses is wider than /8, or /32 in IPv6', () => {
    for (const range of ['0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '4.0.0.0/7', '::/0', '2001::/16', '*', ''])
      assert.equal(under('IpAddress', 'aws:SourceIp', range), true, range)
    for (const range of [
      '203.0.113.0/24',
      '11.0.0.0/8',
      '198.51.100.7',
      '2001:db8::/32',
      '10.0.0.0/8',
      '192.168.0.0/16',
    ])
      assert.equal(under('IpAddress', 'aws:SourceIp', range), false, range)
    assert.equal(under('IpAddress', 'aws:SourceIp', ['203.0.113.0/24', '0.0.0.0/1']), true)
    assert.equal(under('NotIpAddress', 'aws:SourceIp', '203.0.113.0/24'), true)
    assert.equal(under('IpAddressIfExists', 'aws:SourceIp', '203.0.113.0/24'), true)
  })

  it('when its condition also holds for those who are not meant', () => {
    for (const operator of [
      'StringEqualsIfExists',
      'StringNotEquals',
      'StringNotLike',
      'ArnNotEquals',
      'ForAllValues:StringEquals',
      'Null',
      'Bool',
    ])
      assert.equal(under(operator, 'aws:SourceAccount', '123456789012'), true, operator)
    for (const operator of ['StringEquals', 'StringLike', 'ForAnyValue:StringEquals', 'stringequals'])
      assert.equal(under(operator, 'aws:SourceAccount', '123456789012'), false, operator)
  })

  it('when a value is not fixed, or the key says nothing of who asks', () => {
    const variable = ['$', '{aws:PrincipalAccount}'].join('')
    for (const value of ['*', '1234*', '12345678901?', variable, '', []])
      assert.equal(under('StringLike', 'aws:SourceAccount', value), true, String(value))
    assert.equal(under('StringEquals', 'aws:UserAgent', 'secret'), true)
    assert.equal(under('StringEquals', 'aws:username', 'bob'), true)
    assert.equal(under('StringLike', 'aws:userid', 'AROAEXAMPLE:*'), true)
    assert.equal(under('StringEquals', 'aws:PrincipalOrgID', 'o-abc'), false)
    assert.equal(under('ArnLike', 's3:DataAccessPointArn', 'arn:aws:s3:us-east-1:123456789012:accesspoint/*'), false)
    assert.equal(under('ArnLike', 's3:DataAccessPointArn', 'arn:aws:s3:us-east-1:*:accesspoint/*'), true)
  })

  it('unless one of its conditions pins it down: all of them must hold', () => {
    const Condition = { StringEquals: { 'aws:SourceVpc': 'vpc-1' }, StringNotEquals: { 'aws:SourceAccount': '1' } }
    assert.equal(isPublic({ ...everybody, Condition }), false)
  })
})
