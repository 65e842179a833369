import { buffer } from 'node:stream/consumers'
import { ServiceError } from '../../ground/errors.ts'
import type { Objects } from '../../service/objects.ts'
import type { Principal } from '../../service/principal.ts'
import { ChangeRefused } from './change-refused.ts'
import { pictureSize } from './picture-size.ts'

/** What a seller's URL names, where that is an object of this installation that the seller may read; else undefined. */
export type ReadLogo = (account: string, url: string) => Promise<Logo | undefined>

interface Logo {
  readonly size: number
  /** Empty for one that is too large to be looked at. */
  readonly content: Buffer
}

const mostBytes = 5_000_000
const [least, most] = [120, 640]

/** Logos are looked at in the buckets of this installation; what lies elsewhere is not fetched, since a server goes nowhere that others name. */
export const createReadLogo =
  (url: string, objects: Pick<Objects, 'head' | 'get'>, root: (account: string) => Principal): ReadLogo =>
  async (account, logo) => {
    const named = new URL(logo)
    const path = isHere(named, new URL(url)) ? decoded(named.pathname) : undefined
    const [bucket = '', ...key] = path?.slice(1).split('/') ?? []
    if (bucket === '' || key.length === 0) return undefined
    try {
      const { size } = await objects.head(root(account), bucket, key.join('/'))
      if (size >= mostBytes) return { size, content: Buffer.alloc(0) }
      return { size, content: await buffer((await objects.get(root(account), bucket, key.join('/'))).body) }
    } catch (error) {
      if (error instanceof ServiceError) return undefined
      throw error
    }
  }

const ofThisMachine: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** The names that a machine has for itself are one, and so is what speaks TLS and what stands behind it. */
const isHere = (named: URL, here: URL): boolean =>
  /^https?:$/.test(named.protocol) &&
  named.port === here.port &&
  (named.hostname === here.hostname || (ofThisMachine.has(named.hostname) && ofThisMachine.has(here.hostname)))

/** Undefined for what is no UTF-8 in percent signs: no object is called so, and to throw would have the change set tried for ever. */
function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** Throws ChangeRefused for a logo that cannot be read, or beyond AWS's limits (AWS Marketplace Seller Guide, "Product submission", logo). */
export function checkLogo(logo: Logo | undefined): void {
  if (!logo) throw improper('cannot be read: put it into a bucket of this installation, and give its address there')
  const { size, content } = logo
  if (size >= mostBytes) throw improper('is of 5 MB or more')
  const found = pictureSize(content)
  if (!found) throw improper('is not a png, jpg or gif')
  const { width, height } = found
  const sides = `is of ${width} by ${height} pixels`
  if (Math.min(width, height) < least || Math.max(width, height) > most)
    throw improper(`${sides}; each side has ${least} to ${most}`)
  if (width !== height && width !== 2 * height) throw improper(`${sides}; its sides are 1:1 or 2:1`)
}

const improper = (why: string): ChangeRefused => new ChangeRefused('InvalidImageProperties', `The logo ${why}.`)
