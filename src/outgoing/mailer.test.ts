import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { after, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { checkMailer, createMailer, isMailAddress, MailRefused } from './mailer.ts'
import { Unreachable } from './outgoing-request.ts'

const replies: Readonly<Record<string, number>> = { 'nobody@x.invalid': 550, 'later@x.invalid': 451 }
const server = new SMTPServer({
  ...{ hideSTARTTLS: true, allowInsecureAuth: true, logger: false },
  onAuth({ password }, _session, callback) {
    return password === 'secret' ? callback(null, { user: 'mart' }) : callback(new Error('who are you?'))
  },
  onRcptTo({ address }, _session, callback) {
    const responseCode = replies[address]
    return responseCode === undefined
      ? callback()
      : callback(Object.assign(new Error('not this one'), { responseCode }))
  },
  onData(stream, _session, callback) {
    stream.resume().on('end', () => callback())
  },
})
server.listen(0, '127.0.0.1')
await once(server.server, 'listening')
after(() => new Promise<void>(resolve => server.close(() => resolve())))
const { port } = server.server.address() as AddressInfo

function send(to: string, url = `smtp://mart:secret@127.0.0.1:${port}`) {
  const mailer = createMailer({ url, from: 'no-reply@mart.example' })
  after(() => mailer.close())
  return mailer.send({ to, name: 'Mart', subject: 'Hello', text: 'Hello' })
}

test('a mail is sent; what the server refuses for good, for now, or as a whole is told apart', async () => {
  await send('ann@x.invalid')
  await assert.rejects(
    send('nobody@x.invalid'),
    (error: MailRefused) => error instanceof MailRefused && error.code === 550,
  )
  const isForNow = (error: Error) => !(error instanceof MailRefused || error instanceof Unreachable)
  await assert.rejects(send('later@x.invalid'), isForNow)
  await assert.rejects(send('ann@x.invalid', `smtp://mart:wrong@127.0.0.1:${port}`), Unreachable)
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port: closed } = probe.address() as AddressInfo
  await new Promise(resolve => probe.close(resolve))
  await assert.rejects(send('ann@x.invalid', `smtp://127.0.0.1:${closed}`), Unreachable)
})

test('what names no mail server is refused, without a word of its password', () => {
  const from = 'no-reply@mart.example'
  checkMailer({ url: 'smtps://mart:secret@mail.example?requireTLS=true', from })
  for (const url of ['http://mart:secret@mail.example', 'mart:secret@mail.example', 'smtp://', 'secret'])
    assert.throws(() => checkMailer({ url, from }), /^Error: The mail server must be given as smtp:\/\/HOST:PORT/)
  assert.throws(() => checkMailer({ url: 'smtp://mail.example', from: 'me' }), /me is no address/)
})

test('an address is one address, without what could be another line or another recipient', () => {
  for (const good of ['a@b', 'ann.lee+x@mail.example.com', "o'neil@x.invalid"]) assert.ok(isMailAddress(good), good)
  for (const bad of [
    'a',
    '@b',
    'a@',
    'a b@c',
    'a@b,c@d',
    'a@b\r\nTo: c@d',
    '<a@b>',
    'a@-b',
    'a@b..c',
    `${'x'.repeat(65)}@b`,
  ])
    assert.ok(!isMailAddress(bad), bad)
})
