import type { Client, FinalizeHandler, FinalizeHandlerArguments, HandlerExecutionContext } from '@smithy/types'

/** The connection broke before an answer came: whether the server did what it was asked is not known. */
export class LostAnswer extends Error {
  override readonly name = 'LostAnswer'
}

interface Asked {
  readonly method: string
  readonly body?: unknown
}

const reads = /^(Get|List|Describe|Search|Filter|Simulate|Head|StartLiveTail)/i
const token = /"(ClientRequestToken|ClientToken|clientToken|clientRequestToken)":"/

/**
 * Whether to ask twice does no more than to ask once: what only reads, what HTTP says so of (RFC 9110, 9.2.2), and what holds a token by
 * which the service knows it again.
 */
export const isRepeatable = (command: string, { method, body }: Asked): boolean =>
  reads.test(command) || /^(GET|HEAD|PUT|DELETE)$/.test(method) || (typeof body === 'string' && token.test(body))

/**
 * AWS's clients send again whatever a connection has broken under. A browser's break whenever a network of the machine comes or goes, after
 * the server has done what it was asked: so what is not repeatable throws LostAnswer instead, which no client sends again.
 */
// biome-ignore lint/suspicious/noExplicitAny: of whatever service
export function repeatOnlyWhatMayBe({ middlewareStack }: Pick<Client<any, any, any>, 'middlewareStack'>): void {
  middlewareStack.add(
    (next: FinalizeHandler<object, object>, context: HandlerExecutionContext) =>
      async (args: FinalizeHandlerArguments<object>) => {
        try {
          return await next(args)
        } catch (error) {
          throw lostAnswer(error, context.commandName ?? '', (args as { request: Asked }).request)
        }
      },
    { step: 'finalizeRequest', priority: 'low', name: 'repeatOnlyWhatMayBe' },
  )
}

/** The error of a call as a person has to know it. Browsers tell a broken connection as TypeError alone. */
export const lostAnswer = (error: unknown, command: string, request: Asked): unknown =>
  error instanceof TypeError && !isRepeatable(command, request) ? new LostAnswer(error.message) : error
