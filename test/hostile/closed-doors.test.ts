import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { clientsFor, region } from '../../demo/clients.ts'
import { type Credentials, type ServerProcess, startServer } from '../../demo/server-process.ts'
import { load, type ModelName } from '../../src/model/load.ts'

/** What answers one account or none but its asker: each of its operations, whoever asks. */
describe('the operator’s API and Service Quotas', { timeout: 300_000 }, () => {
  let data: string
  let server: ServerProcess
  let buyer: Credentials
  /** Of the buyer's account, without a policy. */
  let nobody: Credentials

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'modelmart-doors-'))
    server = await startServer({ data, engineSocket: 'unix:///nobody' })
    buyer = await server.account('buyer')
    const { iam } = clientsFor(server.url, await server.account('other'))
    await iam.createUser({ UserName: 'nobody' })
    const { AccessKey } = await iam.createAccessKey({ UserName: 'nobody' })
    nobody = { accessKeyId: `${AccessKey?.AccessKeyId}`, secretAccessKey: `${AccessKey?.SecretAccessKey}` }
  })
  after(async () => {
    await server.stop()
    await rm(data, { recursive: true })
  })

  const values = { ServiceCode: 'iam', QuotaCode: 'L-1', DesiredValue: 1, RequestId: '0123456789' }

  /** A call of an operation with a body that might be one of it; not signed without a key. */
  async function ask(name: ModelName, operation: string, credentials?: Credentials) {
    const { metadata, operations, shapes } = load(name)
    const { method, requestUri } = operations[operation]?.http ?? { method: 'POST', requestUri: '/' }
    const path = requestUri.replace(/\?.*/, '').replaceAll(/\{\w+\}/g, '123456789012')
    const { host, hostname, port } = new URL(server.url)
    const members = operations[operation]?.input ? shapes[operations[operation].input.shape]?.members : {}
    const given = Object.entries(values).filter(([member]) => members && member in members)
    const body = method === 'GET' || method === 'DELETE' ? '' : JSON.stringify(Object.fromEntries(given))
    const json = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${metadata.targetPrefix}.${operation}`,
    }
    const headers = { host, ...(metadata.targetPrefix ? json : { 'content-type': 'application/json' }) }
    const service = metadata.signingName ?? metadata.endpointPrefix
    const signer = credentials && new SignatureV4({ credentials, region, service, sha256: Sha256 })
    const request = { method, protocol: 'http:', hostname, port: Number(port), path, query: {}, headers, body }
    const signed = (await signer?.sign(request))?.headers ?? headers
    const answer = await fetch(server.url + path, { method, headers: signed, ...(body && { body }) })
    return { status: answer.status, text: await answer.text() }
  }

  const unknown = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x'.repeat(40) }
  const wrong = () => ({ ...buyer, secretAccessKey: 'x'.repeat(40) })
  const operator: ModelName = 'marketplace-operator'
  const quotas: ModelName = 'service-quotas'

  for (const name of [operator, quotas])
    it(`${name}: answers nothing to a stranger, nor to who does not know a key’s secret`, async () => {
      for (const operation of Object.keys(load(name).operations))
        for (const credentials of [undefined, unknown, wrong()]) {
          const { status, text } = await ask(name, operation, credentials)
          assert.ok(status >= 400 && status < 500, `${operation}: ${status} ${text}`)
          // A path without a signature is a bucket's, of which there is none.
          if (credentials) assert.match(text, /security token|signature/)
        }
    })

  it('the operator’s API answers no account but the operator’s, and no user of one', async () => {
    let refused = 0
    for (const operation of Object.keys(load(operator).operations))
      for (const credentials of [buyer, nobody]) {
        const { status, text } = await ask(operator, operation, credentials)
        assert.ok(status === 400 || status === 403, `${operation}: ${status} ${text}`)
        assert.match(text, status === 403 ? /is not authorized to perform/ : /validation error/)
        refused += status === 403 ? 1 : 0
      }
    assert.ok(refused > 20, `${refused} were refused for who asks, the others for what they ask`)
  })

  it('Service Quotas tells and changes nothing for a user without a policy', async () => {
    for (const operation of Object.keys(load(quotas).operations)) {
      const { status, text } = await ask(quotas, operation, nobody)
      assert.equal(status, 400, `${operation}: ${status} ${text}`)
      assert.match(text, /AccessDeniedException/)
    }
  })
})
