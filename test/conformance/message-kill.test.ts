import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { SNS } from '@aws-sdk/client-sns'
import { region } from '../../demo/clients.ts'
import { openReceiver } from '../../src/sns/sns.fixture.ts'
import { openInstallation } from './installation.ts'

const installation = await openInstallation()
const receiver = await openReceiver()
after(async () => {
  receiver[Symbol.dispose]()
  await installation.close()
})
const { server, credentials } = installation
// Each request is sent once: a retry would hide that a message was lost.
const sns = new SNS({ endpoint: server.url, region, credentials, maxAttempts: 1 })
const kills = 3
const requestsBetween = 30

const until = async (isSo: () => boolean, what: string) => {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 2400, what)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** Publishes batches of ten, one after the other, until the server is gone; `told` hears of each that was acknowledged. */
async function publishUntilGone(TopicArn: string, sender: string, told: (messages: readonly string[]) => void) {
  for (let sent = 0; ; sent += 10) {
    const messages = Array.from({ length: 10 }, (_, index) => `${sender} ${sent + index}`)
    const entries = messages.map((Message, index) => ({ Id: `${index}`, Message }))
    try {
      const { Successful = [] } = await sns.publishBatch({ TopicArn, PublishBatchRequestEntries: entries })
      assert.equal(Successful.length, 10)
    } catch (error) {
      assert.notEqual((error as Error).name, 'AssertionError')
      return
    }
    told(messages)
  }
}

it('a server that is killed again and again loses no message that it took, and sends again what it may have sent', {
  timeout: 600_000,
}, async () => {
  const { TopicArn = '' } = await sns.createTopic({ Name: 'kill', Attributes: { SignatureVersion: '2' } })
  // A receiver that an earlier process could not reach is tried again soon.
  const DeliveryPolicy = JSON.stringify({
    healthyRetryPolicy: { numRetries: 50, minDelayTarget: 1, maxDelayTarget: 1 },
  })
  await sns.subscribe({ TopicArn, Protocol: 'http', Endpoint: receiver.url, Attributes: { DeliveryPolicy } })
  await until(() => receiver.documents('SubscriptionConfirmation').length > 0, 'nobody asked')
  const { Token } = receiver.documents('SubscriptionConfirmation')[0] ?? {}
  await sns.confirmSubscription({ TopicArn, Token })
  const acknowledged: string[] = []
  for (let kill = 0; kill < kills; kill++) {
    let requests = 0
    const enough = Promise.withResolvers<void>()
    const senders = ['a', 'b', 'c'].map(name =>
      publishUntilGone(TopicArn, `${name}${kill}`, messages => {
        acknowledged.push(...messages)
        if (++requests === requestsBetween) enough.resolve()
      }),
    )
    await Promise.race([enough.promise, ...senders])
    await server.crash()
    await Promise.all(senders)
  }
  assert.ok(acknowledged.length > 0)
  const missing = () => {
    const got = new Set(receiver.documents('Notification').map(({ Message }) => Message))
    return acknowledged.filter(message => !got.has(message))
  }
  await until(() => missing().length === 0, 'was acknowledged and is lost')
  const idsOf = Map.groupBy(receiver.documents('Notification'), ({ Message }) => Message ?? '')
  for (const [message, all] of idsOf)
    assert.equal(
      new Set(all.map(({ MessageId }) => MessageId)).size,
      1,
      `${message} is another message when it comes again`,
    )
})
