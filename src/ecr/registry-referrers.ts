import { referrerPage } from './referrer.ts'
import { RegistryError } from './registry-errors.ts'
import { answer, isDigest, type RegistryHandler } from './registry-request.ts'

const mostItems = 200
/** Clients read a manifest, and an index is one, up to 4 MiB (OCI Distribution 1.1, Pushing Manifests); this leaves room for the frame. */
const mostBytes = (4 << 20) - 1024

/**
 * The images of the repository whose subject is this digest, as an index; of one `artifactType` when asked, where an empty one is none.
 * The subject need not be there. What does not fit into one answer follows under its Link (OCI Distribution 1.1, Listing Referrers).
 */
export const listReferrers: RegistryHandler = async ({ store, repository, reference, query, base, response }) => {
  const subject = reference
  if (!isDigest(subject)) throw new RegistryError('DIGEST_INVALID', `'${subject.slice(0, 200)}' is not a digest`)
  const artifactType = query.get('artifactType') || undefined
  const after = query.get('last') ?? ''
  const artifactTypes = artifactType ? [artifactType] : []
  const page = await referrerPage(store.db, repository.id, { subject, artifactTypes, after, mostItems, mostBytes })
  const next = new URLSearchParams({ ...(artifactType && { artifactType }), last: page.next ?? '' })
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  answer(
    response,
    200,
    {
      'content-type': mediaType,
      'oci-filters-applied': artifactType && 'artifactType',
      link: page.next && `<${base}/referrers/${subject}?${next}>; rel="next"`,
    },
    `{"schemaVersion":2,"mediaType":"${mediaType}","manifests":[${page.descriptors.join(',')}]}`,
  )
}
