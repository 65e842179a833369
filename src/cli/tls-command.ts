import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { makeAuthority, makeServerCertificate, type Pair } from './certificates.ts'
import type { CommandContext } from './command-context.ts'

/** Names by which programs on this machine ask. */
const ofThisMachine = ['localhost', '127.0.0.1', '::1']

/**
 * `modelmart tls`: a private authority, made once, and a certificate of it for the server, made anew each time; a server that runs takes it by itself. Says how clients
 * come to trust the authority. Throws an Error for what is no name of a host.
 */
export async function makeTls(given: readonly string[], { data, out, err }: CommandContext): Promise<void> {
  try {
    const wrong = given.find(name => !isHost(name))
    if (wrong !== undefined) throw new Error(`${wrong} is no name of a host, and no address`)
    const names = [...new Set([...given, hostname(), ...ofThisMachine].map(name => name.toLowerCase()))]
    const files = filesIn(join(data, 'tls'))
    const now = new Date()
    const authority =
      readPair(files.authority) ??
      write(files.authority, await makeAuthority(`Modelmart authority of ${hostname()}`, now))
    write(files.server, await makeServerCertificate(authority, names, now))
    out.write(told(files, names))
  } catch (error) {
    err.write(`modelmart: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

const isHost = (name: string): boolean => /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$|^[0-9a-f:]*:[0-9a-f:.]+$/i.test(name)

function filesIn(directory: string) {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const pair = (name: string) => ({ cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) })
  return { authority: pair('authority'), server: pair('server') }
}

function readPair({ cert, key }: Pair): Pair | undefined {
  return existsSync(key) ? { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') } : undefined
}

/** The key last: an authority whose key is there is whole. */
function write(files: Pair, pair: Pair): Pair {
  for (const which of ['cert', 'key'] as const) {
    const written = `${files[which]}.new`
    writeFileSync(written, pair[which], { mode: which === 'key' ? 0o600 : 0o644, flush: true })
    chmodSync(written, which === 'key' ? 0o600 : 0o644)
    renameSync(written, files[which])
  }
  return pair
}

const told = ({ authority, server }: ReturnType<typeof filesIn>, names: readonly string[]): string => `\
The certificate is for ${names.join(', ')}, and in force for 397 days: run this again before.
  modelmart start --tls-cert ${server.cert} --tls-key ${server.key}

Clients trust it when they are given the authority, ${authority.cert} (its key stays here):
  AWS CLI, boto3   export AWS_CA_BUNDLE=${authority.cert}
  Python           export REQUESTS_CA_BUNDLE=${authority.cert} SSL_CERT_FILE=${authority.cert}
  Node             export NODE_EXTRA_CA_CERTS=${authority.cert}
  Docker, Podman   as /etc/docker/certs.d/HOST:PORT/ca.crt, or /etc/containers/certs.d/HOST:PORT/ca.crt; localhost needs none with Docker
  Debian, browsers as /usr/local/share/ca-certificates/modelmart.crt, then update-ca-certificates; Firefox and Chromium import it under Certificates, Authorities
`
