import { s3Error } from './s3-error.ts'

export interface CopySource {
  readonly bucket: string
  readonly key: string
  readonly versionId: string | undefined
}

/** Reads `x-amz-copy-source`: `[/]BUCKET/KEY[?versionId=ID]`, percent-encoded; some clients encode the first slash too. */
export function parseCopySource(header: string): CopySource {
  const [encoded, versionId] = cutAtVersion(header)
  const path = decode(encoded, header).replace(/^\//, '')
  const slash = path.indexOf('/')
  if (slash < 1 || slash === path.length - 1) throw invalid(header)
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1), versionId }
}

function cutAtVersion(source: string): [string, string | undefined] {
  const at = source.indexOf('?versionId=')
  return at < 0 ? [source, undefined] : [source.slice(0, at), source.slice(at + '?versionId='.length)]
}

function decode(text: string, header: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(header)
  }
}

const invalid = (header: string) =>
  s3Error(
    'InvalidArgument',
    { ArgumentName: 'x-amz-copy-source', ArgumentValue: header },
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
  )
