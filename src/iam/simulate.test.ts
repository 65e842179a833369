import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openIamFixture, policy } from './iam.fixture.ts'

test('a simulation decides as the evaluator does and says by which statement', async () => {
  const { root, userNamed, account } = await openIamFixture()
  const ann = await userNamed('ann')
  const document = `{\n  "Version": "2012-10-17",\n  "Statement": [\n    ${JSON.stringify({ Effect: 'Deny', Action: 's3:Put*', Resource: '*' })},\n    ${JSON.stringify({ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::box/*' })}\n  ]\n}`
  await root.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: document })
  const { EvaluationResults: results } = await root.iam('SimulatePrincipalPolicy', {
    PolicySourceArn: `arn:aws:iam::${account}:user/ann`,
    ActionNames: ['s3:GetObject', 's3:PutObject', 'ecr:PutImage'],
    ResourceArns: ['arn:aws:s3:::box/key'],
  })
  const told = results.map((result: { EvalActionName: string; EvalDecision: string }) => [
    result.EvalActionName,
    result.EvalDecision,
  ])
  assert.deepEqual(told, [
    ['s3:GetObject', 'allowed'],
    ['s3:PutObject', 'explicitDeny'],
    ['ecr:PutImage', 'implicitDeny'],
  ])
  assert.deepEqual(results[0].MatchedStatements, [
    {
      SourcePolicyId: 'p',
      SourcePolicyType: 'user',
      StartPosition: { Line: 5, Column: 5 },
      EndPosition: { Line: 5, Column: 70 },
    },
  ])
  await assert.rejects(
    ann.iam('SimulatePrincipalPolicy', {
      PolicySourceArn: `arn:aws:iam::${account}:user/ann`,
      ActionNames: ['s3:GetObject'],
    }),
    { code: 'AccessDenied' },
  )
})

test('a simulation tells the context keys that policies miss, and takes those it is given', async () => {
  const { root, userNamed, account } = await openIamFixture()
  await userNamed('ann')
  const condition = { StringEquals: { 's3:Prefix': 'a', 'aws:RequestTag/Team': 'red' } }
  await root.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: policy('s3:*', '*', condition) })
  const asked = { PolicySourceArn: `arn:aws:iam::${account}:user/ann`, ActionNames: ['s3:ListBucket'] }
  const { EvaluationResults: without } = await root.iam('SimulatePrincipalPolicy', asked)
  assert.deepEqual([without[0].EvalDecision, without[0].MissingContextValues], ['implicitDeny', ['s3:Prefix']])
  const entry = (name: string, value: string) => ({
    ContextKeyName: name,
    ContextKeyValues: [value],
    ContextKeyType: 'string',
  })
  const ContextEntries = [entry('s3:prefix', 'a'), entry('aws:requesttag/team', 'red')]
  const { EvaluationResults: given } = await root.iam('SimulatePrincipalPolicy', { ...asked, ContextEntries })
  assert.deepEqual([given[0].EvalDecision, given[0].MissingContextValues], ['allowed', []])
})

test('of a million questions only those of the page are decided, and others have their turn between', async () => {
  const { root } = await openIamFixture()
  const many = Array.from({ length: 1000 }, (_, index) => `arn:aws:s3:::box/${index}`)
  const asked = {
    PolicyInputList: [policy('s3:Get*', many.slice(0, 500))],
    ActionNames: Array.from({ length: 1000 }, (_, index) => `s3:Get${index}`),
    ResourceArns: many,
  }
  let turns = 0
  const counting = setInterval(() => turns++, 0)
  const first = await root.iam('SimulateCustomPolicy', { ...asked, MaxItems: 1000 })
  clearInterval(counting)
  assert.ok(turns > 1, `${turns} turns`)
  const decisions = first.EvaluationResults.map((result: { EvalDecision: string }) => result.EvalDecision)
  assert.deepEqual([decisions.length, decisions[499], decisions[500]], [1000, 'allowed', 'implicitDeny'])
  const second = await root.iam('SimulateCustomPolicy', { ...asked, MaxItems: 1000, Marker: first.Marker })
  assert.equal(second.EvaluationResults[0].EvalActionName, 's3:Get1')
})
