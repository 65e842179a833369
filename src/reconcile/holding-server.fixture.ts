import { openPostgresStore } from '../store/postgres.ts'
import { claim } from './queue.ts'
import { liveAmongOthers } from './server-life.ts'

/** A server that claims what is due at its start, and when it is told to, and works on it until it is killed. Says its name each time. */
const store = await openPostgresStore(process.argv[2] ?? '')
const end = () => process.exit(1)
await liveAmongOthers(store, { lost: end, onFreed() {}, onError: end })

async function take(): Promise<void> {
  await claim(store, Date.now(), { free: 100, held: new Map() })
  process.send?.(store.server)
}

process.on('message', take)
await take()
