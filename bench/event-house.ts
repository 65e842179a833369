import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { SNS } from '@aws-sdk/client-sns'
import { Pool } from 'undici'
import { region } from '../demo/clients.ts'
import type { Credentials, ServerProcess } from '../demo/server-process.ts'
import type { Ask, Count, Told } from './event-receiver.ts'
import { signedHeaders } from './wire-request.ts'

export const perCall = 10

/** Receivers in a process of their own. */
export interface Post {
  /** Of their process. */
  readonly pid: number
  /** One a receiver. */
  readonly urls: readonly string[]
  /** What was received since it was told to begin. */
  count(): Promise<Count>
  begin(): Promise<Count>
  told(): Promise<Told>
  close(): void
}

export async function openPost(count: number): Promise<Post> {
  const child = fork(new URL('event-receiver.ts', import.meta.url).pathname, [`${count}`])
  const [{ ports }] = (await once(child, 'message')) as [{ ports: readonly number[] }]
  return {
    pid: child.pid as number,
    urls: ports.map(port => `http://127.0.0.1:${port}`),
    count: () => asked(child, 'count'),
    begin: () => asked(child, 'begin'),
    told: () => asked(child, 'result'),
    close: () => child.disconnect(),
  }
}

async function asked(child: ChildProcess, ask: Ask): Promise<Told> {
  child.send({ ask })
  const [told] = await once(child, 'message')
  if ('error' in told) throw new Error(told.error)
  return told
}

/** Rules and topics of one account, through which events go to receivers. */
export class EventHouse {
  readonly events: EventBridge
  readonly sns: SNS
  private readonly sign: ReturnType<typeof signedHeaders>
  private readonly wire: Pool
  private sent = 0

  constructor(server: ServerProcess, account: Credentials) {
    const settings = { endpoint: server.url, region, credentials: account }
    this.events = new EventBridge(settings)
    this.sns = new SNS(settings)
    this.sign = signedHeaders(server.url, 'events', account)
    // Half of what `fetch` takes of the processors that it shares with the server.
    this.wire = new Pool(server.url)
  }

  /** A rule on a source whose events go to a topic with these endpoints, confirmed. */
  async listen(name: string, source: string, endpoints: readonly string[]): Promise<void> {
    const { TopicArn = '' } = await this.sns.createTopic({ Name: name })
    const Statement = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: TopicArn,
    }
    await this.sns.setTopicAttributes({
      TopicArn,
      AttributeName: 'Policy',
      AttributeValue: JSON.stringify({ Version: '2012-10-17', Statement }),
    })
    for (const Endpoint of endpoints)
      await this.sns.subscribe({
        TopicArn,
        Protocol: 'http',
        Endpoint,
        Attributes: {
          DeliveryPolicy: JSON.stringify({
            healthyRetryPolicy: { numRetries: 100, minDelayTarget: 1, maxDelayTarget: 10, backoffFunction: 'linear' },
          }),
        },
      })
    for (;;) {
      const { Attributes = {} } = await this.sns.getTopicAttributes({ TopicArn })
      if (Number(Attributes.SubscriptionsConfirmed) === endpoints.length) break
      await sleep(50)
    }
    await this.events.putRule({ Name: name, EventPattern: JSON.stringify({ source: [source] }) })
    await this.events.putTargets({ Rule: name, Targets: [{ Id: 'topic', Arn: TopicArn }] })
  }

  /** One call of ten events; resolves when they are accepted. */
  put(source: string): Promise<void> {
    return this.call(this.entries(source))
  }

  /** The same over crashes of the server: the same events are sent again until they are accepted. */
  async putUntilAccepted(source: string): Promise<void> {
    const entries = this.entries(source)
    for (;;) {
      try {
        return await this.call(entries)
      } catch {
        await sleep(100)
      }
    }
  }

  private entries(source: string) {
    const at = Date.now()
    return Array.from({ length: perCall }, () => ({
      ...{ Source: source, DetailType: 'Bench' },
      Detail: JSON.stringify({ n: this.sent++, at, text: 'x'.repeat(100) }),
    }))
  }

  private async call(Entries: readonly object[]): Promise<void> {
    const body = Buffer.from(JSON.stringify({ Entries }))
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' }
    const signed = await this.sign({ method: 'POST', path: '/', headers, body })
    const answer = await this.wire.request({ path: '/', method: 'POST', headers: signed, body })
    const { FailedEntryCount } = (await answer.body.json()) as { FailedEntryCount: number }
    if (answer.statusCode !== 200 || FailedEntryCount > 0)
      throw new Error(`PutEvents was answered ${answer.statusCode}`)
  }
}
