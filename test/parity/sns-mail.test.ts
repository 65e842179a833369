import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after } from 'node:test'
import { SNS } from '@aws-sdk/client-sns'
import { SMTPServer } from 'smtp-server'
import { clientOf, installation } from './installation.ts'
import { eventually, parityOf, refused, verified } from './parity.ts'
import { isGenuine } from './sns-signature.ts'

interface Letter {
  readonly from: string
  readonly to: readonly string[]
  readonly head: string
  readonly body: string
}

const letters: Letter[] = []
/** Addresses that the mail server knows none of. */
const unknown = 'nobody@receiver.invalid'

const decoded = (body: string): string =>
  Buffer.from(
    body
      .replaceAll(/=\r?\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString()

const server = new SMTPServer({
  ...{ hideSTARTTLS: true, allowInsecureAuth: true, logger: false },
  onAuth({ username, password }, _session, callback) {
    if (username === 'mart' && password === 'secret') return callback(null, { user: username })
    return callback(new Error('who are you?'))
  },
  onRcptTo({ address }, _session, callback) {
    if (address === unknown) return callback(Object.assign(new Error('no such user'), { responseCode: 550 }))
    return callback()
  },
  async onData(stream, { envelope }, callback) {
    const [head = '', ...body] = (await text(stream)).split('\r\n\r\n')
    const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
    const isQuoted = /content-transfer-encoding: quoted-printable/i.test(head)
    const whole = body.join('\r\n\r\n')
    letters.push({
      from,
      to: envelope.rcptTo.map(({ address }) => address),
      head,
      body: isQuoted ? decoded(whole) : whole,
    })
    callback()
  },
})
server.listen(0, '127.0.0.1')
await once(server.server, 'listening')
after(() => new Promise<void>(resolve => server.close(() => resolve())))
const { port } = server.server.address() as AddressInfo

let sns: SNS
const at = installation(
  async opened => {
    sns = clientOf(SNS, opened)
  },
  async () => ({ mail: { url: `smtp://mart:secret@127.0.0.1:${port}`, from: 'no-reply@mart.example' } }),
)
const parity = parityOf('SNS')
const guide = verified('Amazon SNS Developer Guide, "Email notifications"')

const to = (address: string, count: number) =>
  eventually(
    async () => letters.filter(letter => letter.to.includes(address)),
    found => found.length >= count,
  )
const linkIn = (letter: Letter | undefined) => /^(?:To get no more: )?(http:\S+)$/m.exec(letter?.body ?? '')?.[1] ?? ''

parity(
  'Subscribe Publish',
  guide,
  'an address that has agreed gets letters with the subject, and none after it has visited their link',
  async () => {
    const { TopicArn } = await sns.createTopic({ Name: 'letters', Attributes: { DisplayName: 'The Mart' } })
    const Endpoint = 'ann@receiver.invalid'
    await sns.subscribe({ TopicArn, Protocol: 'email', Endpoint })
    const [question] = await to(Endpoint, 1)
    assert.equal(question?.from, 'no-reply@mart.example')
    assert.match(question?.head ?? '', /^From: "?The Mart"? <no-reply@mart\.example>\r?$/m)
    const confirmed = await fetch(linkIn(question))
    assert.equal(confirmed.status, 200)
    const attributes = { Subject: 'Built', Message: 'Build 17 is there. Grüße' }
    await sns.publish({ TopicArn, ...attributes })
    const [, letter] = await to(Endpoint, 2)
    assert.match(letter?.head ?? '', /^Subject: Built\r?$/m)
    assert.match(letter?.body ?? '', /^Build 17 is there\. Grüße\r?\n/)
    assert.equal((await fetch(linkIn(letter))).status, 200)
    const [, , end] = await to(Endpoint, 3)
    assert.match(end?.body ?? '', /not sent to you any more/)
    await sns.publish({ TopicArn, Message: 'nobody gets it' })
    assert.equal(letters.filter(({ body }) => body.includes('nobody gets it')).length, 0)
  },
)

parity('Subscribe Publish', guide, 'by email-json the signed document comes', async () => {
  const { TopicArn } = await sns.createTopic({ Name: 'documents', Attributes: { SignatureVersion: '2' } })
  const Endpoint = 'program@receiver.invalid'
  await sns.subscribe({ TopicArn, Protocol: 'email-json', Endpoint })
  const [question] = await to(Endpoint, 1)
  const { Token } = JSON.parse(question?.body ?? '')
  await sns.confirmSubscription({ TopicArn, Token })
  const { MessageId } = await sns.publish({ TopicArn, Message: 'Hello' })
  const [, letter] = await to(Endpoint, 2)
  const document = JSON.parse(letter?.body ?? '')
  assert.equal(document.MessageId, MessageId)
  assert.ok(await isGenuine(document))
})

parity('Subscribe', guide, 'what is no address, and what is for endpoints alone, is refused', async () => {
  const { TopicArn } = await sns.createTopic({ Name: 'refused' })
  const subscribe = (Endpoint: string, Attributes?: Record<string, string>) =>
    sns.subscribe({ TopicArn, Protocol: 'email', Endpoint, Attributes })
  for (const address of [
    'ann',
    'ann@',
    '@x.invalid',
    'a@b@c.invalid',
    'ann@x.invalid, bob@x.invalid',
    'a\r\nb@x.invalid',
  ])
    await refused(subscribe(address), 'InvalidParameterException', /Email address/)
  for (const [name, value] of [
    ['RawMessageDelivery', 'true'],
    ['DeliveryPolicy', '{}'],
  ] as const)
    await refused(
      subscribe('ann@x.invalid', { [name]: value }),
      'InvalidParameterException',
      /Not supported for the protocol/,
    )
})

parity('Subscribe', guide, 'an address that the mail server knows nothing of costs the others nothing', async () => {
  const { TopicArn } = await sns.createTopic({ Name: 'unknown' })
  await sns.subscribe({ TopicArn, Protocol: 'email', Endpoint: unknown })
  await sns.subscribe({ TopicArn, Protocol: 'email', Endpoint: 'known@receiver.invalid' })
  assert.equal((await to('known@receiver.invalid', 1)).length, 1)
  assert.ok(at.url)
})
