import { isAbsolute, resolve } from 'node:path'

/** A kind of values. Wherever one is said, as a flag, in the environment or in the file, it is text first. */
export interface Kind {
  /** Completes "must be …". */
  readonly says: string
  /** Stands for the value in help: `port`; a kind without one is a flag that is on by itself. */
  readonly placeholder?: string
  /** Undefined for a text that is no such value. Relative paths begin at `base`. */
  parse(text: string, base: string): unknown
}

const wholeNumber = (placeholder: string, most: number, says: string): Kind => ({
  says,
  placeholder,
  parse: text => (/^\d{1,10}$/.test(text) && Number(text) <= most ? Number(text) : undefined),
})

const listOf = (
  placeholder: string,
  says: string,
  item: RegExp,
  made: (items: readonly string[]) => unknown,
): Kind => ({
  says,
  placeholder,
  parse(text) {
    const items = text
      .split(',')
      .map(one => one.trim())
      .filter(one => one !== '')
    return items.every(one => item.test(one)) ? made(items) : undefined
  },
})

const host = String.raw`(?:[\w.-]+|\[[\da-fA-F:.]+\])`
const withPort = (name: string): string => (/:\d+$/.test(name) ? name : `${name}:443`).toLowerCase()

/** More are no use on any machine. */
export const mostWorkers = 256

export const kinds = {
  text: { says: 'a text', placeholder: 'text', parse: text => text },
  path: {
    says: 'a path',
    placeholder: 'path',
    // `-` is standard input, where a file is read.
    parse: (text, base) => (text === '-' || isAbsolute(text) ? text : resolve(base, text)),
  },
  port: wholeNumber('port', 65_535, 'a port number, 0 for any free one'),
  rate: wholeNumber('requests', 9_999_999_999, 'a whole number, 0 for no limit'),
  gibibytes: wholeNumber('gib', 1_000_000, 'a whole number of GiB'),
  seconds: {
    says: 'a whole number of seconds, from 1 to those of a day',
    placeholder: 'seconds',
    parse: text => (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 86_400 ? Number(text) : undefined),
  },
  workers: wholeNumber('count', mostWorkers, `a whole number from 0 to ${mostWorkers}`),
  onOff: { says: 'true or false', parse: text => ({ true: true, false: false })[text] },
  hosts: listOf('host,…', 'names of hosts', new RegExp(`^${host}$`), items => new Set(items)),
  hostsWithPort: listOf(
    'host:port,…',
    'names of hosts, each with a port or without',
    new RegExp(`^${host}(?::\\d{1,5})?$`),
    // By https where no port is said.
    items => new Set(items.map(withPort)),
  ),
  networks: listOf('network,…', 'networks or addresses: 10.0.0.0/8', /^[\da-fA-F.:]+(?:\/\d{1,3})?$/, items => items),
  postgres: {
    says: 'postgres://USER:PASSWORD@HOST:PORT/NAME',
    placeholder: 'url',
    parse: text => (/^postgres(ql)?:\/\//.test(text) ? text : undefined),
  },
  bucket: {
    says: 's3://BUCKET/PREFIX?endpoint=URL&region=NAME',
    placeholder: 'url',
    parse: text => (/^s3:\/\/[a-z\d][a-z\d.-]+[a-z\d](?:\/[\w./-]*)?(?:\?[^#\s]+)?$/.test(text) ? text : undefined),
  },
  mailServer: {
    says: 'smtp://USER:PASSWORD@HOST:PORT or smtps://…',
    placeholder: 'url',
    parse: text => (/^smtps?:\/\/./.test(text) ? text : undefined),
  },
  origin: {
    says: 'https://HOST, or with a port, and nothing behind it',
    placeholder: 'url',
    parse: originOf,
  },
  socket: {
    says: 'unix:///PATH of a socket',
    placeholder: 'url',
    parse: text => (text.startsWith('unix:///') ? text : undefined),
  },
  rootSecret: {
    says: '64 hexadecimal digits',
    placeholder: 'digits',
    parse: text => (/^[0-9a-f]{64}$/i.test(text) ? text : undefined),
  },
  engine: oneOf('engine', ['docker', 'podman', 'kubernetes']),
  share: {
    says: 'a number from 0 to 1',
    placeholder: 'share',
    parse: text => (/^(?:0(?:\.\d{1,3})?|1(?:\.0+)?)$/.test(text) ? Number(text) : undefined),
  },
  labels: listOf('name=value,…', 'labels of nodes: pool=jobs', /^[\w./-]+=[\w.-]*$/, items =>
    Object.fromEntries(items.map(item => item.split('=') as [string, string])),
  ),
  tolerations: listOf(
    'key=value:effect,…',
    'taints of nodes: KEY=VALUE:EFFECT, or KEY:EFFECT whatever the value',
    /^[\w./-]+(?:=[\w.-]*)?:(?:NoSchedule|PreferNoSchedule|NoExecute)$/,
    items => items.map(toleration),
  ),
  logLevel: oneOf('level', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  logFormat: oneOf('format', ['json', 'text']),
  meteringSync: oneOf('when', ['before', 'after']),
} satisfies Record<string, Kind>

function toleration(text: string) {
  const [, key = '', value, effect = ''] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? []
  return value === undefined ? { key, operator: 'Exists', effect } : { key, operator: 'Equal', value, effect }
}

function originOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isBare =
    url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash && !url.username
  return isBare ? url.origin : undefined
}

function oneOf(placeholder: string, choices: readonly string[]): Kind {
  const says = `one of ${choices.join(', ')}`
  return { says, placeholder, parse: text => (choices.includes(text) ? text : undefined) }
}
