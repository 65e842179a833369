import { join } from 'node:path'

/** What lies in a worker's directory: where it is reached, and what it has metered and nobody has counted yet. */
export const workerFiles = (directory: string) => ({
  socket: join(directory, 'socket'),
  journal: join(directory, 'metering'),
})
