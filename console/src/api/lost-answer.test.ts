import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isRepeatable, LostAnswer, lostAnswer } from './lost-answer.ts'

const rows: readonly (readonly [string, string, string, boolean])[] = [
  ['ListTrainingJobsCommand', 'POST', '{}', true],
  ['SimulatePrincipalPolicyCommand', 'POST', 'Action=SimulatePrincipalPolicy', true],
  ['CreateAccessKeyCommand', 'POST', 'Action=CreateAccessKey', false],
  ['CreateTrainingJobCommand', 'POST', '{"TrainingJobName":"a"}', false],
  ['StartChangeSetCommand', 'POST', '{"ClientRequestToken":"6f4c"}', true],
  ['AcceptAgreementRequestCommand', 'POST', '{"clientToken":"6f4c"}', true],
  ['PutObjectCommand', 'PUT', '', true],
  ['DeleteObjectCommand', 'DELETE', '', true],
  ['CreateMultipartUploadCommand', 'POST', '', false],
  ['InvokeEndpointCommand', 'POST', '{"note":"ClientToken"}', false],
]
for (const [command, method, body, may] of rows)
  it(`${command} is ${may ? '' : 'not '}sent again when its answer is lost`, () => {
    assert.equal(isRepeatable(command, { method, body }), may)
    const broken = new TypeError('Failed to fetch')
    assert.equal(lostAnswer(broken, command, { method, body }) instanceof LostAnswer, !may)
    // What a server has refused is known.
    const refused = new Error('refused')
    assert.equal(lostAnswer(refused, command, { method, body }), refused)
  })
