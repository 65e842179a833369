import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Sha256 } from '@aws-crypto/sha256-js'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { SignatureV4 } from '@smithy/signature-v4'
import { region } from '../../demo/clients.ts'
import type { Fixture } from './fixture.ts'
import { assertRefused } from './world.ts'

/** Requests that are unsigned, wrongly signed or signed long ago, to a JSON service, S3 and the registry. */
export function signatureSuite(at: () => Fixture): void {
  it('refuses what is not signed', async () => {
    const { server, seller } = at()
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.ListModels' }
    const json = await fetch(server.url, { method: 'POST', headers, body: '{}' })
    const { __type } = (await json.json()) as { __type: string }
    assert.deepEqual([json.status, __type], [400, 'MissingAuthenticationTokenException'])
    const s3 = await fetch(`${server.url}/${seller.bucket}/in/rows.csv`)
    assert.equal(s3.status, 403)
    assert.match(await s3.text(), /<Code>AccessDenied<\/Code>/)
    const registry = await fetch(`${server.url}/v2/${seller.id}/probe/manifests/1.0.0`)
    assert.equal(registry.status, 401)
    assert.match(registry.headers.get('www-authenticate') ?? '', /^(Basic|Bearer) realm=/)
  })

  it('refuses a wrong secret and an unknown key', async () => {
    const { server, seller } = at()
    const options = { endpoint: server.url, region, maxAttempts: 1 }
    const wrong = { ...seller.credentials, secretAccessKey: 'x'.repeat(40) }
    const unknown = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x'.repeat(40) }
    const ask = (credentials: typeof wrong) => new SageMaker({ ...options, credentials }).listModels({})
    const list = (credentials: typeof wrong) => new S3({ ...options, credentials, forcePathStyle: true }).listBuckets()
    await assertRefused(ask(wrong), 'InvalidSignatureException', 400, /signature we calculated does not match/)
    await assertRefused(ask(unknown), 'UnrecognizedClientException', 400, /security token .* is invalid/)
    await assertRefused(list(wrong), 'SignatureDoesNotMatch', 403, /signature we calculated does not match/)
    await assertRefused(list(unknown), 'InvalidAccessKeyId', 403, /does not exist in our records/)
  })

  it('refuses what was signed sixteen minutes ago, or will be in sixteen', async () => {
    const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.ListModels' }
    for (const minutes of [-16, 16]) {
      const answer = await signedAt(minutes, at(), 'sagemaker', 'POST', json, '{}')
      assert.equal(answer.status, 400)
      assert.match(answer.body, /InvalidSignatureException/)
      assert.match(answer.body, minutes < 0 ? /Signature expired/ : /Signature not yet current/)
      const s3 = await signedAt(minutes, at(), 's3', 'GET', { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })
      assert.equal(s3.status, 403)
      assert.match(s3.body, /RequestTimeTooSkewed/)
    }
    assert.equal((await signedAt(-14, at(), 'sagemaker', 'POST', json, '{}')).status, 200)
  })

  it('refuses a body that is not the one that was signed', async () => {
    const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.ListModels' }
    const answer = await signedAt(0, at(), 'sagemaker', 'POST', json, '{}', '{"MaxResults":1}')
    assert.equal(answer.status, 400)
    assert.match(answer.body, /InvalidSignatureException/)
  })
}

/** One request to `/`, signed with a clock that is off by some minutes. */
async function signedAt(
  minutes: number,
  { server, seller }: Fixture,
  service: string,
  method: 'GET' | 'POST',
  headers: Record<string, string>,
  body?: string,
  sent = body,
): Promise<{ status: number; body: string }> {
  const { hostname, port, host } = new URL(server.url)
  const signer = new SignatureV4({ service, region, credentials: seller.credentials, sha256: Sha256 })
  const request = {
    method,
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/',
    headers: { ...headers, host },
    body,
  }
  const signingDate = new Date(Date.now() + minutes * 60_000)
  const signed = await signer.sign(request, { signingDate })
  const answer = await fetch(server.url, { method, headers: signed.headers, body: sent })
  return { status: answer.status, body: await answer.text() }
}
