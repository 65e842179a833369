import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { ecrErrors } from './ecr-errors.ts'

/** OCI Image Specification, Content Descriptors; `size` in bytes. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: { readonly architecture?: string; readonly os?: string; readonly variant?: string }
  /** Where else a layer is to be had: such a layer need not be here. */
  readonly urls?: readonly string[]
}

/** One manifest or index, read and checked. */
export interface Manifest {
  readonly digest: string
  readonly mediaType: string
  readonly kind: 'image' | 'index'
  /** Exactly as sent: its digest is of these bytes. */
  readonly content: string
  readonly size: number
  readonly config?: Descriptor
  readonly layers: readonly Descriptor[]
  readonly manifests: readonly Descriptor[]
  readonly subject?: Descriptor
  /** What the referrers list shows and filters by; empty when neither the manifest nor its configuration says. */
  readonly artifactType: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** The largest manifest that is taken, in bytes: OCI Distribution 1.1 asks for 4 MiB, ECR's PutImage allows no more. */
export const manifestLimit = 4 << 20

/** Configuration and layers, or manifests of an index: engines take 127 layers, artifacts may have one for each file. */
export const mostParts = 4096

const kinds: Readonly<Record<string, Manifest['kind']>> = {
  'application/vnd.oci.image.manifest.v1+json': 'image',
  'application/vnd.docker.distribution.manifest.v2+json': 'image',
  'application/vnd.oci.image.index.v1+json': 'index',
  'application/vnd.docker.distribution.manifest.list.v2+json': 'index',
}

export const isIndex = (mediaType: string): boolean => kinds[mediaType] === 'index'

/** Layers whose bytes a registry need not hold (OCI Image Specification 1.0, Non-Distributable Layers; Docker's foreign layers). */
const isForeign = (layer: Descriptor): boolean => (layer.urls?.length ?? 0) > 0

export const isSha256 = (text: unknown): text is string =>
  typeof text === 'string' && /^sha256:[0-9a-f]{64}$/.test(text)

export const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/**
 * Reads a manifest or index of the OCI or Docker (schema 2) kind. `declaredType` is the Content-Type it came with, or the media type
 * given to PutImage. Throws InvalidParameterException that says what is wrong.
 */
export function readManifest(bytes: Uint8Array, declaredType?: string): Manifest {
  if (bytes.length > manifestLimit)
    throw invalid(`the manifest has ${bytes.length} bytes; at most ${manifestLimit} are allowed`)
  if (!isUtf8(bytes)) throw invalid('the manifest is not UTF-8')
  const content = Buffer.from(bytes).toString()
  const document = parse(content)
  if (document.schemaVersion !== 2)
    throw invalid(`schemaVersion must be 2 and is ${JSON.stringify(document.schemaVersion)}`)
  const mediaType = mediaTypeOf(document, declaredType?.split(';')[0]?.trim())
  const kind = kinds[mediaType]
  if (!kind) throw invalid(`media type '${mediaType}' is none of ${Object.keys(kinds).join(', ')}`)
  const parts = kind === 'image' ? imageParts(document) : indexParts(document)
  return {
    digest: sha256(bytes),
    mediaType,
    kind,
    content,
    size: bytes.length,
    ...parts,
    subject: document.subject == null ? undefined : descriptor(document.subject, 'subject'),
    artifactType: artifactTypeOf(document, parts.config),
    annotations: annotationsOf(document.annotations, 'annotations'),
  }
}

/** A part of a manifest, once for each digest. */
export interface Child {
  readonly kind: 'blob' | 'manifest'
  readonly descriptor: Descriptor
  /** Whether the manifest may be pushed without it; an image that lacks a layer cannot be used here all the same (`images.ts`). */
  readonly optional: boolean
}

/** What a manifest consists of: it must be in the repository before the manifest is, but for layers that are to be had elsewhere. */
export function childrenOf({ config, layers, manifests }: Manifest): Child[] {
  const children: Child[] = [
    ...(config ? [{ kind: 'blob' as const, descriptor: config, optional: false }] : []),
    ...layers.map(layer => ({ kind: 'blob' as const, descriptor: layer, optional: isForeign(layer) })),
    ...manifests.map(manifest => ({ kind: 'manifest' as const, descriptor: manifest, optional: false })),
  ]
  const required = children.filter(child => !child.optional)
  return [...new Map([...children, ...required].map(child => [child.descriptor.digest, child])).values()]
}

function parse(content: string): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(content)
    if (typeof document === 'object' && document !== null && !Array.isArray(document))
      return document as Record<string, unknown>
  } catch (error) {
    throw invalid(`the manifest is not JSON: ${(error as Error).message}`)
  }
  throw invalid('the manifest is not a JSON object')
}

/**
 * The document's own word, which what it was sent as must repeat (OCI Distribution 1.1, Pushing Manifests); without one, what it was
 * sent as (ECR API Reference, PutImage); without either, what its members say.
 */
function mediaTypeOf(document: Record<string, unknown>, declared: string | undefined): string {
  const own = text(document.mediaType)
  if (own && declared && declared !== own)
    throw invalid(`the manifest says it is '${own}' and was sent as '${declared}'`)
  return own || declared || `application/vnd.oci.image.${'manifests' in document ? 'index' : 'manifest'}.v1+json`
}

/** A document that clients could read as an image and as an index is neither (OCI Image Specification 1.1, Guidelines on ambiguity: mediaType). */
function requireOnly(document: Record<string, unknown>, kind: Manifest['kind'], others: readonly string[]): void {
  const other = others.find(name => document[name] !== undefined)
  if (other) throw invalid(`an ${kind} has no '${other}'`)
}

function imageParts(document: Record<string, unknown>) {
  requireOnly(document, 'image', ['manifests'])
  return { config: descriptor(document.config, 'config'), layers: list(document.layers, 'layers'), manifests: [] }
}

function indexParts(document: Record<string, unknown>) {
  requireOnly(document, 'index', ['config', 'layers'])
  return { config: undefined, layers: [], manifests: list(document.manifests, 'manifests') }
}

/** Null is how Go writes a list without items. */
function list(value: unknown, name: string): Descriptor[] {
  if (value === null) return []
  if (!Array.isArray(value)) throw invalid(`'${name}' must be a list`)
  if (value.length > mostParts) throw invalid(`'${name}' has ${value.length} members; at most ${mostParts} are allowed`)
  return value.map((item, index) => descriptor(item, `${name}[${index}]`))
}

/** RFC 6838, section 4.2: two names of at most 127 characters. */
const longestMediaType = 255

function artifactTypeOf(document: Record<string, unknown>, config: Descriptor | undefined): string {
  const type = text(document.artifactType) || config?.mediaType || ''
  if (type.length > longestMediaType) throw invalid(`artifactType has more than ${longestMediaType} characters`)
  return type
}

function descriptor(value: unknown, name: string): Descriptor {
  const found = (value ?? {}) as Descriptor
  if (typeof found !== 'object' || !isSha256(found.digest)) throw invalid(`'${name}.digest' must be a sha256 digest`)
  if (!Number.isSafeInteger(found.size) || found.size < 0) throw invalid(`'${name}.size' must be a number of bytes`)
  if (typeof found.mediaType !== 'string') throw invalid(`'${name}.mediaType' must be given`)
  if (found.urls != null && !Array.isArray(found.urls)) throw invalid(`'${name}.urls' must be a list`)
  annotationsOf(found.annotations, `${name}.annotations`)
  return found
}

function annotationsOf(value: unknown, name: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined
  const valid = typeof value === 'object' && Object.values(value).every(item => typeof item === 'string')
  if (!valid) throw invalid(`'${name}' must map strings to strings`)
  return value as Record<string, string>
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const invalid = (reason: string) => ecrErrors.invalidParameter('ImageManifest', `Invalid image manifest: ${reason}`)
