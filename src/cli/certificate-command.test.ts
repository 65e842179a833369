import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { createCertificateSigner } from '../marketplace/catalog/signed-certificate.ts'
import { dataDirectory } from '../store/data-directory.ts'
import { certificateVerify } from './certificate-command.ts'
import { runCommand } from './command.fixture.ts'
import { openRootSecret } from './open-root-secret.ts'

const signer = createCertificateSigner(Buffer.alloc(32, 7))
const signed = signer.sign({
  format: 1,
  ...{ productId: 'prod-a', fulfillmentOptionId: 'option', versionTitle: '1.0', assetArn: 'arn:a' },
  ...{ issued: '2026-11-20T11:00:00.000Z', validated: ['TrainingJob'], imageBytes: [1], measured: [] },
})

test('a certificate is checked from a file, and held against the key of whom it must be', async context => {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-certificate-'))
  context.after(() => rm(directory, { recursive: true }))
  const file = join(directory, 'certificate.json')
  await writeFile(file, JSON.stringify(signed))
  const check = async (options: { key?: string }) => {
    const out = new PassThrough()
    await certificateVerify(file, options, { out })
    out.end()
    return text(out)
  }
  assert.match(await check({}), new RegExp(`"productId": "prod-a"[^]*by the key ${signer.fingerprint}; compare it`))
  assert.match(
    await check({ key: signer.fingerprint.toUpperCase() }),
    new RegExp(`by the key ${signer.fingerprint}\\.`),
  )
  await assert.rejects(check({ key: '00' }), /signed by another installation/)
  await writeFile(file, JSON.stringify(signed).replace('"imageBytes":[1]', '"imageBytes":[2]'))
  await assert.rejects(check({ key: signer.fingerprint }), /changed after it was signed/)
})

test('an installation tells the key that its certificates are checked with, the same at each time', async context => {
  const data = await mkdtemp(join(tmpdir(), 'modelmart-certificate-key-'))
  context.after(() => rm(data, { recursive: true }))
  assert.match((await runCommand(data, 'certificate', 'key')).err, /There is no installation in/)
  await runCommand(data, 'account', 'create', 'someone')
  const { out } = await runCommand(data, 'certificate', 'key')
  const secret = openRootSecret(dataDirectory(data).secret, undefined)
  assert.equal(out, `${createCertificateSigner(secret).fingerprint}\n`)
  assert.deepEqual(await runCommand(data, 'certificate', 'key'), { out, err: '', code: 0 })
})
