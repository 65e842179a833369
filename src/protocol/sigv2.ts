import { createHmac } from 'node:crypto'
import { authFault } from './auth-fault.ts'
import type { SigV2Claim } from './claim.ts'
import type { WireRequest } from './message.ts'
import { equalText } from './sigv4.ts'
import { queryPairs } from './uri-template.ts'

/** Parameters that are part of the signed resource ("Signing and authenticating REST requests", the list as botocore has it). */
const subresources: ReadonlySet<string> = new Set(
  (
    'accelerate acl cors defaultObjectAcl location logging partNumber policy requestPayment torrent versioning versionId versions ' +
    'website uploads uploadId response-content-type response-content-language response-expires response-cache-control ' +
    'response-content-disposition response-content-encoding delete lifecycle tagging restore storageClass notification ' +
    'replication analytics metrics inventory select select-type object-lock'
  ).split(' '),
)

/**
 * Checks a presigned S3 URL of signature version 2, where the operator allows it. AWS retired it, but botocore still makes it for S3 at
 * custom endpoints unless it is told `signature_version='s3v4'`. `path` is path-style.
 */
export function verifyVersion2(
  request: WireRequest,
  path: string,
  claim: SigV2Claim,
  secretAccessKey: string,
  now: Date,
): void {
  if (now.getTime() > claim.expires * 1000) {
    const fields = { Expires: new Date(claim.expires * 1000).toISOString(), ServerTime: now.toISOString() }
    throw authFault('s3', 'expiredUrl', 'Request has expired', fields)
  }
  requireSigned(request)
  const toSign = stringToSign(request, path, claim)
  const expected = createHmac('sha1', secretAccessKey).update(toSign).digest('base64')
  if (equalText(expected, claim.signature)) return
  throw authFault(
    's3',
    'mismatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    { AWSAccessKeyId: claim.accessKeyId, StringToSign: toSign, SignatureProvided: claim.signature },
  )
}

const signature = new Set(['AWSAccessKeyId', 'Signature', 'Expires'])

/** This version signs few parameters; one that it leaves out could be added by anybody. */
function requireSigned({ query }: WireRequest): void {
  for (const [name] of queryPairs(query)) {
    const isHeader = name.startsWith('x-amz-') || name === 'content-md5' || name === 'content-type'
    if (isHeader || subresources.has(name) || signature.has(name)) continue
    throw authFault('s3', 'unsignedHeaders', `The parameter ${name} is not part of the signature, and is not taken.`)
  }
}

/** Headers that the signer moved into the query count as headers. */
function stringToSign(request: WireRequest, path: string, claim: SigV2Claim): string {
  const pairs = queryPairs(request.query)
  const headers: Record<string, string> = Object.create(null)
  for (const [name, value] of [...Object.entries(request.headers), ...pairs]) {
    if (value !== undefined && (name.startsWith('x-amz-') || name === 'content-md5' || name === 'content-type')) {
      headers[name] = value.trim()
    }
  }
  const amz = Object.keys(headers)
    .filter(name => name.startsWith('x-amz-'))
    .sort()
  const lines = amz.map(name => `${name}:${headers[name]}\n`).join('')
  const resources = pairs.filter(([name]) => subresources.has(name)).sort(([a], [b]) => (a < b ? -1 : 1))
  const resource = resources.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&')
  const method = `${request.method}\n${headers['content-md5'] ?? ''}\n${headers['content-type'] ?? ''}\n${claim.expires}\n`
  return `${method}${lines}${path}${resource === '' ? '' : `?${resource}`}`
}
