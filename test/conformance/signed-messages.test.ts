import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent, globalAgent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { promisify } from 'node:util'
import { SNS } from '@aws-sdk/client-sns'
import MessageValidator from 'sns-validator'
import { region } from '../../demo/clients.ts'
import { startServer } from '../../demo/server-process.ts'
import { openReceiver } from '../../src/sns/sns.fixture.ts'
import { until } from '../e2e/until.ts'

const data = await mkdtemp(join(tmpdir(), 'modelmart-signed-'))
const [cert, key] = ['cert.pem', 'key.pem'].map(name => join(data, name)) as [string, string]
const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost'.split(' ')
await promisify(execFile)('openssl', [
  ...[...words, '-addext', 'subjectAltName=DNS:localhost'],
  ...['-keyout', key, '-out', cert],
])
// AWS's validator fetches the certificate of the signature by https, from a host that it is told.
const ca = await readFile(cert)
globalAgent.options.ca = ca
const env = { MODELMART_ALLOW_OUTGOING: '127.0.0.0/8' }
const flags = ['--tls-cert', cert, '--tls-key', key]
const server = await startServer({ data, env, flags, engineSocket: 'unix:///nobody' })
const endpoint = server.url.replace('http:', 'https:')
const credentials = await server.account('signed')
const sns = new SNS({ endpoint, region, credentials, requestHandler: { httpsAgent: new Agent({ ca }) } })
const receiver = await openReceiver()
after(async () => {
  receiver[Symbol.dispose]()
  await server.stop()
  await rm(data, { recursive: true })
})

const validator = new MessageValidator(/^localhost:\d+$/)
const valid = (message: Record<string, string>) =>
  new Promise<unknown>((resolve, reject) =>
    validator.validate({ ...message }, (error, found) => (error ? reject(error) : resolve(found))),
  )
const got = (type: string, count: number) =>
  until(
    `${count} of ${type}`,
    async () => receiver.documents(type),
    found => found.length >= count,
  )

for (const [index, SignatureVersion] of (['1', '2'] as const).entries())
  it(`AWS’s own validator of messages takes those of signature version ${SignatureVersion}, and no others`, async () => {
    const { TopicArn = '' } = await sns.createTopic({
      Name: `signed-${SignatureVersion}`,
      Attributes: { SignatureVersion },
    })
    await sns.subscribe({ TopicArn, Protocol: 'http', Endpoint: receiver.url })
    const question = (await got('SubscriptionConfirmation', index + 1)).at(-1) ?? {}
    assert.equal(question.SignatureVersion, SignatureVersion)
    await valid(question)
    await sns.confirmSubscription({ TopicArn, Token: question.Token })
    await sns.publish({ TopicArn, Subject: 'Grüße', Message: 'Build 17 is there.\nLook: "é" \u{1f600}' })
    const message = (await got('Notification', index + 1)).at(-1) ?? {}
    assert.equal(message.SignatureVersion, SignatureVersion)
    await valid(message)
    for (const name of ['Message', 'Subject', 'MessageId', 'Timestamp', 'TopicArn'])
      await assert.rejects(valid({ ...message, [name]: `${message[name]} ` }), /signature is invalid/, name)
  })
