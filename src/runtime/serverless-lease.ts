import type { Route, RouteInstance } from './routing-table.ts'

/** Leave to ask the container of a serverless endpoint: it is not stopped before that is let go. */
export interface ServerlessLease {
  readonly instance: RouteInstance
  letGo(): void
}

/** Which endpoint. */
export type LeasedEndpoint = Pick<Route, 'arn' | 'account' | 'region' | 'name'>

/**
 * Waits until the container runs. Throws ThrottlingException when as many ask as may, ModelError when it cannot be started,
 * ServiceUnavailable when that takes too long, and ValidationError when the endpoint goes.
 */
export type TakeLease = (endpoint: LeasedEndpoint) => Promise<ServerlessLease>
