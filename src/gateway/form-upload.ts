import { Readable } from 'node:stream'
import { ServiceError } from '../ground/errors.ts'
import { joiningStream, through } from '../ground/joiner.ts'
import type { OperationModel } from '../model/service-model.ts'
import { validate } from '../model/validator.ts'
import { readFormClaim, type SigV4Claim } from '../protocol/claim.ts'
import type { WireRequest, WireResponse } from '../protocol/message.ts'
import { readUploadForm, type UploadForm } from '../protocol/multipart-form.ts'
import { checkPostPolicy, type FileBounds } from '../protocol/post-policy.ts'
import { restXml } from '../protocol/rest-xml.ts'
import { verifyPolicySignature } from '../protocol/sigv4.ts'
import { escapeXml } from '../protocol/xml.ts'
import { readXmlDocument } from '../protocol/xml-reader.ts'
import type { Principal } from '../service/principal.ts'
import { type Asked, createAsking } from './asking.ts'
import { anonymous, credentialOf } from './authenticate.ts'
import { guard } from './request-body.ts'
import type { BucketOfHost } from './virtual-host.ts'

/** The bucket to which a browser sends a form with a file (S3 API Reference, POST Object); undefined for any other request. */
export function bucketOfForm(
  { method, path, query, headers }: WireRequest,
  bucketOf: BucketOfHost,
): string | undefined {
  const isForm = method === 'POST' && query === '' && headers.authorization === undefined
  if (!isForm || !/^multipart\/form-data\b/i.test(headers['content-type'] ?? '')) return undefined
  const host = bucketOf(headers.host)
  if (host !== undefined) return path === '/' ? host : undefined
  return /^\/([^/]+)\/?$/.exec(path)?.[1]
}

export interface FormRequest extends Omit<Asked, 'principal' | 'region'> {
  readonly request: WireRequest
  readonly bucket: string
  /** The region of one that nobody signed. */
  readonly region: string
  readonly now: Date
  readonly noteUse?: (accessKeyId: string, service: string, region: string) => void
}

/** Stores the file of a form as PutObject would, under the signer's name and within the policy that was signed. */
export async function uploadForm(asked: FormRequest): Promise<WireResponse> {
  const { request, bucket, served, requestId, platform } = asked
  const body = through(guard(asked.incoming), joiningStream(), 'forms')
  const form = await readUploadForm(request.headers['content-type'] ?? '', body)
  const key = (form.fields.get('key') ?? '').replaceAll(fileNameVariable, form.fileName)
  if (key === '') throw missing('key')
  const { principal, claim } = await signerOf(asked, form)
  const fields = new Map([...form.fields, ['bucket', bucket] as const, ['key', key] as const])
  const policy = form.fields.get('policy')
  const bounds = policy === undefined ? unbounded : checkPostPolicy(policy, fields, asked.now)
  if (claim) asked.noteUse?.(claim.accessKeyId, served.scope, claim.region)

  const operation = served.model.operations.PutObject as OperationModel
  const put = { ...request, method: 'PUT', query: '', headers: await headersOf(form.fields) }
  const call = { model: served.model, operation, request: put }
  const input = restXml.head?.({ ...call, labels: { Bucket: bucket, Key: key } }) ?? {}
  const content = Object.assign(Readable.from(within(form.file, bounds), { objectMode: false }), { trailers: {} })
  const whole = { ...input, Body: content }
  if (operation.input) validate(served.model, operation.input, whole, served.violation)
  const { contextFor, permit } = createAsking({
    ...asked,
    principal,
    region: claim?.region ?? asked.region,
    signing: claim && { version: 'AWS4-HMAC-SHA256', type: 'POST' },
  })
  const ctx = contextFor(put)
  await permit(operation.name, input, ctx)
  const output = (await served.service.operations[operation.name]?.run(whole, ctx)) ?? {}
  const { headers } = restXml.serialize(call, output, requestId)
  const location = `${platform.url}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
  return answer(form.fields, { bucket, key, location, headers, isSigned: claim !== undefined })
}

const fileNameVariable = '$' + '{filename}'
const unbounded: FileBounds = { least: 0, most: Number.POSITIVE_INFINITY }

async function signerOf(
  { platform, now }: FormRequest,
  { fields }: UploadForm,
): Promise<{ principal: Principal; claim: SigV4Claim | undefined }> {
  const claim = readFormClaim(fields)
  const policy = fields.get('policy')
  if (!claim && policy !== undefined) throw missing('x-amz-signature')
  if (!claim || policy === undefined) return { principal: anonymous, claim: undefined }
  const { principal, secretAccessKey } = await credentialOf(platform.iam, claim, 's3', now)
  verifyPolicySignature(policy, claim, secretAccessKey)
  return { principal, claim }
}

const plainFields: ReadonlySet<string> = new Set([
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-type',
  'expires',
])
const signing = /^x-amz-(algorithm|credential|date|signature|security-token)$/

/** Fields as the headers of a PutObject: bytes, one character each. */
async function headersOf(fields: ReadonlyMap<string, string>): Promise<Record<string, string | undefined>> {
  const headers: Record<string, string | undefined> = Object.create(null)
  for (const [name, value] of fields)
    if (plainFields.has(name) || (name.startsWith('x-amz-') && !signing.test(name)))
      headers[name] = Buffer.from(value).toString('latin1')
  if (fields.has('acl')) headers['x-amz-acl'] = fields.get('acl')
  const tagging = fields.get('tagging')
  if (tagging !== undefined) headers['x-amz-tagging'] = await tagsOf(tagging)
  return headers
}

/** A form has its tags as the XML of PutObjectTagging, a header as a query. */
async function tagsOf(xml: string): Promise<string> {
  const root = await readXmlDocument(Buffer.from(xml)).catch(() => undefined)
  const set = (root?.value as { TagSet?: { Tag?: unknown } } | undefined)?.TagSet
  const tags = [set?.Tag ?? []].flat() as { Key?: unknown; Value?: unknown }[]
  if (root?.name !== 'Tagging' || tags.some(tag => typeof tag.Key !== 'string'))
    throw new ServiceError('MalformedXML', 'The XML of the field tagging is not that of a tag set.', { status: 400 })
  return new URLSearchParams(tags.map(tag => [String(tag.Key), String(tag.Value ?? '')] as [string, string])).toString()
}

async function* within(file: AsyncIterable<Uint8Array>, { least, most }: FileBounds): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of file) {
    size += chunk.byteLength
    if (size > most)
      throw new ServiceError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
        status: 400,
        fields: { ProposedSize: size, MaxSizeAllowed: most },
      })
    yield chunk
  }
  if (size < least)
    throw new ServiceError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      status: 400,
      fields: { ProposedSize: size, MinSizeAllowed: least },
    })
}

interface Stored {
  readonly bucket: string
  readonly key: string
  readonly location: string
  readonly headers: WireResponse['headers']
  readonly isSigned: boolean
}

/**
 * 204, or as `success_action_redirect` or `success_action_status` say; what they cannot say counts as nothing. A browser is sent on only to
 * where the signed policy allows: a form that nobody signed could send it anywhere.
 */
function answer(
  fields: ReadonlyMap<string, string>,
  { bucket, key, location, headers, isSigned }: Stored,
): WireResponse {
  const etag = headers.etag ?? ''
  const redirect = URL.parse(fields.get('success_action_redirect') ?? fields.get('redirect') ?? '')
  if (isSigned && redirect && /^https?:$/.test(redirect.protocol)) {
    for (const [name, value] of Object.entries({ bucket, key, etag })) redirect.searchParams.append(name, value)
    return { status: 303, headers: { ...headers, location: redirect.href } }
  }
  const wanted = fields.get('success_action_status')
  if (wanted !== '201') return { status: wanted === '200' ? 200 : 204, headers: { ...headers, location } }
  const told = { Location: location, Bucket: bucket, Key: key, ETag: etag }
  const elements = Object.entries(told).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${elements.join('')}</PostResponse>`
  return { status: 201, headers: { ...headers, location, 'content-type': 'application/xml' }, body }
}

const missing = (name: string): ServiceError =>
  new ServiceError(
    'InvalidArgument',
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    { status: 400, fields: { ArgumentName: name, ArgumentValue: '' } },
  )
