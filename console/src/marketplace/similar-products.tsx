import SpaceBetween from '@cloudscape-design/components/space-between'
import { Loaded } from '../kit/loaded.tsx'
import { type Listing, useSimilarListings } from './discovery.ts'
import { ListingLink } from './listing-link.tsx'
import { marketplaceTexts } from './marketplace-texts.ts'

/** Others of the categories of a product, best first. */
export function SimilarProducts({ listing }: { readonly listing: Listing }) {
  const query = useSimilarListings(listing)
  return (
    <Loaded query={query}>
      {others =>
        others.length === 0 ? (
          marketplaceTexts.product.noSimilar
        ) : (
          <SpaceBetween size="m">
            {others.map(other => (
              <div key={other.listingId}>
                <ListingLink listing={other} />
                <div>{other.shortDescription}</div>
              </div>
            ))}
          </SpaceBetween>
        )
      }
    </Loaded>
  )
}
