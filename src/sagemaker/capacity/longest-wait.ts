/** So long an endpoint waits for room, in milliseconds. AWS does not say how long it tries; its waiter EndpointInService gives up after an hour. */
export const longestWaitMs = 30 * 60_000
