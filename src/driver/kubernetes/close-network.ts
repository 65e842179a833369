import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { AGENT_PORT, GATE_PORT } from './agent-wire.ts'

const TABLE = 'inet modelmart'

/** An answer within a connection that somebody else has opened. */
const ANSWER = 'ct direction reply ct state established'

/**
 * The rules of a Pod's own network: nothing leaves but answers to the server and to whoever speaks to the agent, and what goes to the
 * other hosts of the same job; nobody else connects. What is no peer any more gets nothing, of old connections either. Source: nft(8), 1.0.
 */
export const closedNetwork = (): string => `
add table ${TABLE}
flush table ${TABLE}
table ${TABLE} {
  set peers { type ipv4_addr; }
  set peers6 { type ipv6_addr; }
  set servers { type ipv4_addr; }
  set servers6 { type ipv6_addr; }
  chain in {
    type filter hook input priority 0; policy drop;
    iif "lo" accept
    ct state established accept
    tcp dport { ${AGENT_PORT}, ${GATE_PORT} } accept
    ip saddr @peers accept
    ip6 saddr @peers6 accept
    ip saddr @servers accept
    ip6 saddr @servers6 accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
  }
  chain out {
    type filter hook output priority 0; policy drop;
    oif "lo" accept
    ${ANSWER} tcp sport { ${AGENT_PORT}, ${GATE_PORT} } accept
    ${ANSWER} meta l4proto tcp ip daddr @servers accept
    ${ANSWER} meta l4proto tcp ip6 daddr @servers6 accept
    ip daddr @peers accept
    ip6 daddr @peers6 accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    meta l4proto tcp reject with tcp reset
  }
  chain through {
    type filter hook forward priority 0; policy drop;
  }
}
`

/** Lets an address of the server in. */
export const admittedServer = (address: string): string => element('servers', address)

/** Lets these in and out to, and no other that was a peer. */
export const admittedPeers = (addresses: readonly string[]): string =>
  ['', '6'].map(family => `flush set ${TABLE} peers${family}\n`).join('') +
  addresses.map(address => element('peers', address)).join('')

const element = (set: 'peers' | 'servers', address: string): string => {
  const plain = plainAddress(address)
  return `add element ${TABLE} ${set}${plain.includes(':') ? '6' : ''} { ${plain} }\n`
}

/** IPv4 as it is written alone, also where a socket of both kinds tells it. */
export const plainAddress = (address: string): string => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  if (!/^[\da-fA-F.:]+$/.test(plain)) throw new Error(`Not an address: ${JSON.stringify(address)}`)
  return plain
}

export const nft = (rules: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile('nft', ['-f', '-'], (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      reject(new Error(`nft has failed: ${stderr.trim() || error.message}`))
    })
    child.stdin?.on('error', () => undefined).end(rules)
  })

/** How an agent ends whose Pod is not proven closed. */
export const UNCLOSED = 78
const PATIENCE_MS = 400

/** What a Pod may reach where nobody closes it: the internet, the cloud's metadata, the API server, the node. */
const outside = (environment: Readonly<Record<string, string | undefined>>, gateways: readonly string[]) => {
  const { KUBERNETES_SERVICE_HOST: api, KUBERNETES_SERVICE_PORT: port = '443' } = environment
  return [
    { host: '1.1.1.1', port: 443 },
    { host: '169.254.169.254', port: 80 },
    ...(api ? [{ host: api, port: Number(port) }] : []),
    ...gateways.flatMap(host => [22, 53, 80, 443, 6443, 10250].map(port => ({ host, port }))),
  ]
}

/** Closes the network of this process and tries to leave it. Throws with what has answered, or what the rules did not refuse. */
export const closeNetwork = async (
  environment: Readonly<Record<string, string | undefined>>,
  gateways: readonly string[],
): Promise<void> => {
  await nft(closedNetwork())
  const targets = outside(environment, gateways)
  const answered = (await Promise.all(targets.map(async to => ((await connects(to)) ? [to] : [])))).flat()
  if (answered.length > 0)
    throw new Error(
      `although nft closed it, ${answered.map(({ host, port }) => `${host}:${port}`).join(', ')} answered`,
    )
  // The kernel itself says no, whoever is there: silence alone would prove nothing.
  for (const { host } of targets)
    if (!(await isRefused(host))) throw new Error(`although nft closed it, a datagram left for ${host}`)
}

const connects = ({ host, port }: { readonly host: string; readonly port: number }): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host, port, timeout: PATIENCE_MS })
    const end = (connected: boolean) => {
      socket.destroy()
      resolve(connected)
    }
    socket.on('connect', () => end(true))
    for (const failure of ['timeout', 'error']) socket.on(failure, () => end(false))
  })

const isRefused = (host: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.on('error', () => resolve(true))
    socket.send(Buffer.from('x'), 53, host, error => {
      socket.close()
      resolve(error !== null)
    })
  })
