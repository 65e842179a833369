import { readFileSync, statSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

/** Where a certificate (PEM, with its chain) and its private key are. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export interface TlsPair {
  /** Of a server that speaks TLS 1.2 at least. */
  readonly context: SecureContextOptions
  /** Changes with the files, also when a link to them is put elsewhere. */
  readonly version: string
}

/** Reads a pair. Throws an Error that names the files when one cannot be read, or they do not belong together. */
export function readTlsPair({ cert, key }: TlsFiles): TlsPair {
  const version = versionOf({ cert, key })
  const context = { cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.2' as const }
  try {
    createSecureContext(context)
  } catch (cause) {
    throw new Error(`${cert} and ${key} are no certificate with its key: ${(cause as Error).message}`, { cause })
  }
  return { context, version }
}

/** The pair as it is now, when its files changed; undefined otherwise. Throws as `readTlsPair` does. */
export const changedTlsPair = (files: TlsFiles, known: string): TlsPair | undefined =>
  versionOf(files) === known ? undefined : readTlsPair(files)

const versionOf = ({ cert, key }: TlsFiles): string =>
  [cert, key]
    .map(file => statSync(file, { bigint: true }))
    .map(({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`)
    .join(', ')
