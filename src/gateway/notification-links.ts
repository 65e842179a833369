import { ServiceError } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { load } from '../model/load.ts'
import type { WireResponse } from '../protocol/message.ts'
import { query } from '../protocol/query-protocol.ts'
import type { RawHandler } from './raw-routes.ts'

/** What receivers of notifications may ask without a signature; each throws ServiceError. */
export interface NotificationLinks {
  /** Answers the subscription's ARN. */
  confirm(topicArn: string, token: string): Promise<string>
  unsubscribe(subscriptionArn: string): Promise<void>
  /** PEM; undefined for an id that there never was. */
  certificate(id: string): Promise<string | undefined>
}

const certificatePath = /\/SimpleNotificationService-([0-9a-f]{32})\.pem$/

/** `/_sns/`: the links of messages, answered as SNS answers the operations that they name, and the certificates that messages are signed by. */
export function notificationLinksHandler(links: NotificationLinks): RawHandler {
  return async ({ method, url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end()
    const id = certificatePath.exec(pathname)?.[1]
    if (id !== undefined) {
      const pem = await links.certificate(id)
      if (pem === undefined) return void response.writeHead(404).end()
      return void response.writeHead(200, { 'content-type': 'application/x-pem-file' }).end(pem)
    }
    const { status, headers, body } = await answerTo(links, searchParams)
    response.writeHead(status, { ...headers, 'cache-control': 'no-store' }).end(body)
  }
}

async function answerTo(links: NotificationLinks, asked: URLSearchParams): Promise<WireResponse> {
  const model = load('sns')
  const requestId = randomness.uuid()
  const value = (name: string) => asked.get(name) ?? ''
  const run: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
    ConfirmSubscription: async () => ({ SubscriptionArn: await links.confirm(value('TopicArn'), value('Token')) }),
    async Unsubscribe() {
      await links.unsubscribe(value('SubscriptionArn'))
      return {}
    },
  }
  try {
    const name = value('Action')
    const operation = Object.hasOwn(run, name) ? model.operations[name] : undefined
    if (!operation) throw new ServiceError('InvalidAction', 'The links of messages confirm and end subscriptions.')
    const output = (await run[name]?.()) ?? {}
    return query.serialize({ model, operation } as Parameters<typeof query.serialize>[0], output, requestId)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return query.serializeError({ model, requestId } as Parameters<typeof query.serializeError>[0], error)
  }
}
