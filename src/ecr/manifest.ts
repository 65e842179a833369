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

const kinds: Readonly<Record<string, Manifest['kind']>> = {
  'application/vnd.oci.image.manifest.v1+json': 'image',
  'application/vnd.docker.distribution.manifest.v2+json': 'image',
  'application/vnd.oci.image.index.v1+json': 'index',
  'application/vnd.docker.distribution.manifest.list.v2+json': 'index',
}

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
    subject: document.subject === undefined ? undefined : descriptor(document.subject, 'subject'),
    artifactType: text(document.artifactType) || parts.config?.mediaType || '',
    annotations: annotationsOf(document.annotations, 'annotations'),
  }
}

/** Digests that must be in the repository before the manifest is. */
export function childrenOf(manifest: Manifest): { readonly digest: string; readonly kind: 'blob' | 'manifest' }[] {
  const blobs = [...(manifest.config ? [manifest.config] : []), ...manifest.layers.filter(layer => !isForeign(layer))]
  const unique = (list: readonly Descriptor[]) => [...new Set(list.map(item => item.digest))]
  return [
    ...unique(blobs).map(digest => ({ digest, kind: 'blob' as const })),
    ...unique(manifest.manifests).map(digest => ({ digest, kind: 'manifest' as const })),
  ]
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

/** The document's own word wins; a header that contradicts it is refused, so that one digest never has two types. */
function mediaTypeOf(document: Record<string, unknown>, declared: string | undefined): string {
  const own = text(document.mediaType)
  if (own && declared && declared in kinds && declared !== own)
    throw invalid(`the manifest says it is '${own}' and was sent as '${declared}'`)
  if (own) return own
  const inferred = `application/vnd.oci.image.${'manifests' in document ? 'index' : 'manifest'}.v1+json`
  if (declared && declared in kinds && declared !== inferred)
    throw invalid(`the manifest has no mediaType, so it is '${inferred}', and was sent as '${declared}'`)
  return inferred
}

const imageParts = (document: Record<string, unknown>) => ({
  config: descriptor(document.config, 'config'),
  layers: list(document.layers, 'layers'),
  manifests: [],
})

const indexParts = (document: Record<string, unknown>) => ({
  config: undefined,
  layers: [],
  manifests: list(document.manifests, 'manifests'),
})

function list(value: unknown, name: string): Descriptor[] {
  if (!Array.isArray(value)) throw invalid(`'${name}' must be a list`)
  return value.map((item, index) => descriptor(item, `${name}[${index}]`))
}

function descriptor(value: unknown, name: string): Descriptor {
  const found = (value ?? {}) as Descriptor
  if (typeof found !== 'object' || !isSha256(found.digest)) throw invalid(`'${name}.digest' must be a sha256 digest`)
  if (!Number.isSafeInteger(found.size) || found.size < 0) throw invalid(`'${name}.size' must be a number of bytes`)
  if (typeof found.mediaType !== 'string') throw invalid(`'${name}.mediaType' must be given`)
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
