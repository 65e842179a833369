import type { EcrManifestTable } from '../store/schema/ecr-tables.ts'
import { readManifest } from './manifest.ts'
import { answer, type RegistryHandler, requireDigest } from './registry-request.ts'

const pageLength = 200

/**
 * The images of the repository whose subject is this digest, as an index; of one `artifactType` when asked. The subject need not be
 * there (OCI Distribution 1.1, Listing Referrers).
 */
export const listReferrers: RegistryHandler = async ({ store, repository, reference, query, base, response }) => {
  const subject = requireDigest(reference)
  const artifactType = query.get('artifactType')
  const found = await store.db
    .selectFrom('ecr_manifest as manifest')
    .innerJoin('ecr_repository_manifest as there', 'there.digest', 'manifest.digest')
    .selectAll('manifest')
    .where('manifest.subject', '=', subject)
    .where('there.repository', '=', repository.id)
    .where('manifest.digest', '>', query.get('last') ?? '')
    .$if(artifactType !== null, some => some.where('manifest.artifact_type', '=', artifactType ?? ''))
    .orderBy('manifest.digest')
    .limit(pageLength + 1)
    .execute()
  const shown = found.slice(0, pageLength)
  const next = new URLSearchParams({ ...(artifactType !== null && { artifactType }), last: shown.at(-1)?.digest ?? '' })
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  answer(
    response,
    200,
    {
      'content-type': mediaType,
      'oci-filters-applied': artifactType === null ? undefined : 'artifactType',
      link: found.length > pageLength ? `<${base}/referrers/${subject}?${next}>; rel="next"` : undefined,
    },
    JSON.stringify({ schemaVersion: 2, mediaType, manifests: shown.map(referrer) }),
  )
}

function referrer(row: EcrManifestTable) {
  const { annotations } = readManifest(Buffer.from(row.content))
  return {
    mediaType: row.media_type,
    digest: row.digest,
    size: row.size,
    ...(row.artifact_type && { artifactType: row.artifact_type }),
    ...(annotations && { annotations }),
  }
}
