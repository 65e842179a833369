import { existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { type CommandOutput, runCommand } from '../ground/command.ts'

/** Bridges of internal networks begin with this, so that one wildcard rule holds for all of them. */
export const BRIDGE_PREFIX = 'mmart'

const CHAIN = 'MODELMART'
const BRIDGES = `${BRIDGE_PREFIX}+`

interface Rules {
  readonly table: string
  /** The whole content of our own chain, when the table has one. */
  readonly chain: readonly string[]
  /** What must stand in the built-in chains, as `iptables -S` prints it. */
  readonly jumps: readonly string[]
}

/**
 * The mangle table comes before filter, and nobody accepts there: whatever order Docker, ufw or firewalld give their
 * own rules in filter, a packet dropped here stays dropped. `physdev-is-bridged` is traffic within one bridge,
 * which passes through FORWARD when br_netfilter is loaded; a packet routed from one bridge to another is not bridged.
 */
const CLOSED: Rules = {
  table: 'mangle',
  chain: [
    `-A ${CHAIN} -m physdev --physdev-is-bridged -j RETURN`,
    `-A ${CHAIN} -m conntrack --ctstate ESTABLISHED -j RETURN`,
    `-A ${CHAIN} -j DROP`,
  ],
  jumps: [
    `-A INPUT -i ${BRIDGES} -j ${CHAIN}`,
    `-A FORWARD -i ${BRIDGES} -j ${CHAIN}`,
    `-A FORWARD -o ${BRIDGES} -j ${CHAIN}`,
    // Containers answer whoever connects, and other users of this machine are not asked who they are.
    `-A OUTPUT -o ${BRIDGES} -m conntrack --ctstate NEW -m owner ! --uid-owner ${process.getuid?.() ?? 0} -j DROP`,
  ],
}

/** Docker sets the policy of FORWARD to DROP, which would keep the peers of a Podman network from one another. */
const PEERS: Rules = {
  table: 'filter',
  chain: [],
  jumps: [`-A FORWARD -i ${BRIDGES} -o ${BRIDGES} -m physdev --physdev-is-bridged -j ACCEPT`],
}

/**
 * Makes sure that no connection can be opened out of an internal network, neither to this machine nor through it,
 * whatever was flushed since the last call, and into it by this server's user alone.
 * Throws when the rules cannot be read or set, for instance without root.
 */
export const ensureFirewall = async (): Promise<void> => {
  const ipv6 = existsSync('/proc/net/if_inet6')
  await Promise.all([
    ensureRules('iptables', CLOSED),
    ensureRules('iptables', PEERS),
    ...(ipv6 ? [ensureRules('ip6tables', CLOSED)] : []),
  ])
}

const ensureRules = async (command: 'iptables' | 'ip6tables', rules: Rules): Promise<void> => {
  const present = (await run(command, ['-w', '5', '-t', rules.table, '-S'])).split('\n')
  if (holds(present, rules)) return
  await run(`${command}-restore`, ['-w', '5', '--noflush'], restoreScript(present, rules))
}

const holds = (present: readonly string[], rules: Rules): boolean =>
  rules.jumps.every(jump => present.includes(jump)) &&
  present.filter(line => line.startsWith(`-A ${CHAIN} `)).join('\n') === rules.chain.join('\n')

/** One transaction: there is no moment at which the old rules are gone and the new ones are not there yet. */
const restoreScript = (present: readonly string[], rules: Rules): string =>
  [
    `*${rules.table}`,
    ...(rules.chain.length > 0 ? [`:${CHAIN} - [0:0]`] : []),
    ...rules.chain,
    ...present.filter(line => rules.jumps.includes(line)).map(line => line.replace('-A', '-D')),
    ...rules.jumps.map(jump => jump.replace(/^-A (\w+)/, '-I $1 1')),
    'COMMIT',
    '',
  ].join('\n')

const run = async (command: string, args: readonly string[], input = ''): Promise<string> => {
  const env = { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/sbin${delimiter}/sbin` }
  try {
    return (await runCommand(command, args, { input, env, maxBuffer: 64 << 20 })).stdout
  } catch (error) {
    const { stderr, message } = error as CommandOutput & Error
    const reason = stderr?.trim() || message
    throw new Error(`Internal networks need firewall rules, and ${command} failed (is the server root?): ${reason}`)
  }
}
