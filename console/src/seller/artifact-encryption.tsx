import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { useQuery } from '@tanstack/react-query'
import { useRegion } from '../api/region.ts'
import { s3 } from '../api/s3.ts'
import { texts } from '../texts.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.encryption

/** How artifacts come here and go: as the whole server is asked. */
export const inTransit = (): string => (window.location.protocol === 'https:' ? words.tls : words.plain)

/** How the artifacts of a package lie in their bucket, as S3 tells it. */
export function ArtifactEncryption({ uri }: { readonly uri: string }) {
  const [region] = useRegion()
  const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? []
  const { data, error } = useQuery({
    queryKey: ['artifact-encryption', region, uri],
    queryFn: () => s3(region).send(new HeadObjectCommand({ Bucket, Key })),
  })
  if (error) return words.gone
  if (!data) return texts.loading
  const { ServerSideEncryption: algorithm, SSEKMSKeyId: key } = data
  return algorithm === undefined ? words.none : words.by(algorithm, key)
}
