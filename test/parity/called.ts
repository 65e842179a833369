/** A client of the official SDK, as far as it can be watched. */
interface Watched {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<never>, context: never) => (args: never) => Promise<never>,
      options: { readonly step: 'initialize'; readonly name: string },
    ): void
  }
}

const called = new Set<string>()

/** Notes what the client is asked from now on, whatever the answer. */
export function watch<Client extends object>(client: Client): Client {
  const middleware = (
    next: (args: never) => Promise<never>,
    context: { clientName?: string; commandName?: string },
  ) => {
    called.add(`${context.clientName} ${context.commandName}`)
    return (args: never) => next(args)
  }
  ;(client as Watched).middlewareStack.add(middleware as never, { step: 'initialize', name: 'parity' })
  return client
}

/** Forgets what was asked so far. */
export const forgetCalls = (): void => called.clear()

/** Whether a watched client of the service was asked for the operation since; `service` as the model's `serviceId`. */
export const wasCalled = (service: string, operation: string): boolean =>
  called.has(`${service.replaceAll(' ', '')}Client ${operation}Command`)
