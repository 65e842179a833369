import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlink } from 'node:fs/promises'
import type { Server } from 'node:net'
import { text } from 'node:stream/consumers'

/**
 * Where a container with a door finds the platform. The SDKs ask for credentials over plain http on a loopback address alone, and a port
 * below 1024 is nobody's by accident.
 */
export const DOOR = { host: '127.0.0.1', port: 170, credentialsPath: '/credentials' } as const

/** Runs in the container's network and nothing else of it; the listener outlives it, in this process. */
const PROGRAM = `
  const { readlinkSync } = require('fs')
  require('net').createServer().listen(${DOOR.port}, '${DOOR.host}', function () {
    process.send({ namespace: readlinkSync('/proc/self/ns/net') }, this, () => process.exit())
  })`

const OWN_NETWORK = '/proc/self/ns/net'

/**
 * Listens at `DOOR` in the network of a process: a socket belongs to the network in which it was made, whoever holds it. Nothing of
 * this machine's own networks or firewall is changed for it. Throws when there is no such process, or one in this machine's own network.
 */
export const listenInNetworkOf = async (pid: number): Promise<Server> => {
  const child = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, process.execPath, '-e', PROGRAM], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  })
  const complaint = text(child.stderr as NodeJS.ReadableStream)
  const given = once(child, 'message') as Promise<[{ namespace: string }, Server | undefined]>
  // Not its exit, which may be told before what it has said.
  const ended = Promise.race([once(child, 'error'), once(child, 'disconnect')]).then(async ([cause]) => {
    throw cause ?? new Error(/^.*(?:Error|nsenter).*$/m.exec(await complaint)?.[0] ?? 'nsenter has said nothing')
  })
  try {
    const [{ namespace }, server] = await Promise.race([given, ended])
    if (!server) throw new Error('no listener came of it')
    // Nobody else holds it then, and it is closed when it is closed here.
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    if (namespace !== (await readlink(OWN_NETWORK))) return server
    server.close()
    throw new Error(`process ${pid} is in this machine's own network`)
  } catch (cause) {
    const remedy = 'a job with EnableNetworkIsolation needs none'
    throw new Error(`The platform cannot be reached from a container (is the server root?); ${remedy}: ${cause}`, {
      cause,
    })
  }
}
