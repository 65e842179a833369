import type { IncomingMessage } from 'node:http'

/**
 * Whether a request came by TLS: to this server or, by a name that the operator says is reached by TLS alone (`public-url`, here `url`), to a
 * proxy before it. No header that a proxy would add is believed, as anybody may send one.
 */
export const isByTls = ({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>, url: string): boolean =>
  'encrypted' in socket || (url.startsWith('https:') && headers.host?.toLowerCase() === new URL(url).host)
