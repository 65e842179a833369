import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { createBoundedCache } from '../ground/bounded-cache.ts'
import { clock } from '../ground/clock.ts'
import type { OpenIdDocuments } from './open-id-document.ts'

/** The keys that a provider signs with: remembered for a while, and asked for anew when a token names one that is not known. */
export interface OpenIdKeys {
  /** Throws as OpenIdDocuments.read does. `fresh` asks the provider again, but not before the last answer is ten seconds old. */
  of(issuer: string, thumbprints: readonly string[], fresh: boolean): Promise<JWTVerifyGetKey>
}

const remembered = 3600_000
/** Strangers may send tokens with any key id: they must not have us ask the provider for each. */
const between = 10_000
/** AWS takes a hundred keys of each kind (IAM User Guide, Create an OpenID Connect identity provider: prerequisites). */
const mostKeys = 200

interface Known {
  readonly keys: JWTVerifyGetKey
  readonly at: number
}

export function createOpenIdKeys(documents: Pick<OpenIdDocuments, 'read'>): OpenIdKeys {
  const known = createBoundedCache<string, Known>(key => key.length + 32 * 1024)
  const reading = new Map<string, Promise<JWTVerifyGetKey>>()
  const readAndKeep = async (name: string, issuer: string, thumbprints: readonly string[]) => {
    const keys = await read(documents, issuer, thumbprints)
    known.delete(name)
    known.set(name, { keys, at: clock.elapsed() })
    return keys
  }
  return {
    async of(issuer, thumbprints, fresh) {
      const name = JSON.stringify([issuer, thumbprints])
      const found = known.get(name)
      const age = found ? clock.elapsed() - found.at : Number.POSITIVE_INFINITY
      if (found && age < (fresh ? between : remembered)) return found.keys
      // However many tokens come at once, the provider is asked once.
      const asked = reading.get(name) ?? readAndKeep(name, issuer, thumbprints).finally(() => reading.delete(name))
      reading.set(name, asked)
      return asked
    },
  }
}

/** What a provider tells of itself (OpenID Connect Discovery 1.0, 4): it names the issuer again. Throws as OpenIdDocuments.read does. */
export async function readConfiguration(
  documents: Pick<OpenIdDocuments, 'read'>,
  issuer: string,
  thumbprints: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const configuration = await documents.read(`${issuer}/.well-known/openid-configuration`, thumbprints)
  const { issuer: told } = (configuration ?? {}) as Readonly<Record<string, unknown>>
  if (told !== issuer && told !== `${issuer}/`) throw new Error(`the configuration is of issuer ${String(told)}`)
  return configuration as Readonly<Record<string, unknown>>
}

/** The configuration says where the keys are. */
async function read(documents: Pick<OpenIdDocuments, 'read'>, issuer: string, thumbprints: readonly string[]) {
  const { jwks_uri: place } = await readConfiguration(documents, issuer, thumbprints)
  if (typeof place !== 'string') throw new Error('the configuration has no jwks_uri')
  const { keys } = ((await documents.read(place, thumbprints)) ?? {}) as Partial<JSONWebKeySet>
  if (!Array.isArray(keys)) throw new Error(`${place} holds no keys`)
  if (keys.length > mostKeys) throw new Error(`${place} holds more than ${mostKeys} keys`)
  return createLocalJWKSet({ keys })
}
