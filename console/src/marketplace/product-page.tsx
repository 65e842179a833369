import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { Markdown } from '../kit/markdown.tsx'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import {
  type FulfillmentOption,
  type Listing,
  type Resource,
  useFulfillmentOptions,
  useMarketListing,
  useOfferTerms,
} from './discovery.ts'
import { type EvaluationTerms, useEvaluationTerms } from './evaluation.ts'
import { evaluationTexts } from './evaluation-texts.ts'
import { Badges, typeOf } from './listing-badges.tsx'
import { marketplaceTexts } from './marketplace-texts.ts'
import { PriceTable, RegionField, termFacts } from './price-facts.tsx'
import { ProductLogo } from './product-logo.tsx'
import { ProductReviews } from './product-reviews.tsx'
import { Rating } from './rating.tsx'
import { useSavedList } from './saved-list.tsx'
import { SimilarProducts } from './similar-products.tsx'
import { useActiveAgreement } from './subscription.ts'
import { Usage } from './usage.tsx'

const words = marketplaceTexts.product

/** What a buyer reads before subscribing. */
export default function ProductPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  const { data: listing, error } = useMarketListing(name)
  const productId = productOf(listing)
  const versions = useFulfillmentOptions(productId).data ?? []
  const offerId = listing?.associatedEntities.find(({ offer }) => offer)?.offer?.offerId
  const terms = useOfferTerms(offerId).data ?? []
  const agreement = useActiveAgreement(productId).data
  const trial = useEvaluationTerms(productId).data
  const [saved, save] = useSavedList()
  const isSaved = saved.some(({ listingId }) => listingId === listing?.listingId)
  if (error && !listing) return <ErrorAlert error={error} />
  if (!listing || productId === undefined) return <Spinner size="large" />
  const procurement = `${pathTo('procurement')}?productId=${productId}`
  const evaluation = `${pathTo('createEvaluation')}?productId=${productId}&text=${encodeURIComponent(listing.listingName)}`
  const launch = agreement ? pathTo('launch', { name: agreement }) : undefined
  return (
    <DetailsFrame
      title={listing.listingName}
      description={<Intro listing={listing} isSubscribed={launch !== undefined} />}
      actions={[
        launch === undefined
          ? { text: words.subscribe, isPrimary: true, run: () => navigate(procurement) }
          : { text: words.configure, isPrimary: true, run: () => navigate(launch) },
        ...(trial ? [{ text: evaluationTexts.terms.action, run: () => navigate(evaluation) }] : []),
        { text: isSaved ? words.unsave : words.save, run: () => save(listing) },
      ]}
      sections={[
        overview(listing, versions),
        {
          title: words.sections.pricing,
          facts: termFacts(terms),
          content: (
            <SpaceBetween size="m">
              <RegionField />
              <PriceTable terms={terms} />
            </SpaceBetween>
          ),
        },
        ...(trial ? [allowed(trial)] : []),
        { title: words.sections.usage, content: <Usage productId={productId} versions={versions} /> },
        { title: words.sections.versions, content: <Versions versions={versions} /> },
        resources(listing, words.sections.resources, 'MANUFACTURER_INSTRUCTIONS', words.noResources),
        resources(listing, words.sections.support, 'MANUFACTURER_SUPPORT', words.noSupport),
        { title: words.sections.similar, content: <SimilarProducts listing={listing} /> },
        { title: words.sections.reviews, content: <ProductReviews productId={productId} /> },
      ]}
    />
  )
}

const allowed = ({ terms, evaluationsLeft }: EvaluationTerms): DetailsSection => ({
  title: evaluationTexts.terms.title,
  facts: [
    { label: evaluationTexts.terms.rows, value: terms.maxRows },
    { label: evaluationTexts.terms.minutes, value: terms.maxMinutes },
    { label: evaluationTexts.terms.left, value: `${evaluationsLeft} / ${terms.maxEvaluations}` },
  ],
})

const productOf = (listing: Listing | undefined): string | undefined =>
  listing?.associatedEntities.find(({ product }) => product)?.product?.productId

const Intro = ({ listing, isSubscribed }: { readonly listing: Listing; readonly isSubscribed: boolean }) => (
  <SpaceBetween size="s">
    <SpaceBetween direction="horizontal" size="s" alignItems="center">
      <ProductLogo url={listing.logoThumbnailUrl} />
      <Box>
        {words.soldBy} {listing.publisher.displayName}
      </Box>
      <Rating summary={listing.reviewSummary} />
      <Badges listing={listing} />
    </SpaceBetween>
    <Box>{listing.shortDescription}</Box>
    {isSubscribed && <Alert type="success">{words.subscribed}</Alert>}
  </SpaceBetween>
)

const overview = (listing: Listing, [latest]: readonly FulfillmentOption[]): DetailsSection => ({
  title: words.sections.overview,
  facts: [
    { label: words.type, value: typeOf(listing) },
    { label: words.soldBy, value: listing.publisher.displayName },
    { label: words.categories, value: listing.categories.map(({ displayName }) => displayName).join(', ') },
    { label: words.delivery, value: latest?.fulfillmentOptionDisplayName },
    { label: words.latest, value: latest?.fulfillmentOptionVersion },
    { label: words.isolation, value: words.isolationText },
  ],
  content: (
    <SpaceBetween size="s">
      <Markdown text={listing.longDescription} />
      {listing.highlights.length > 0 && (
        <div>
          <Box variant="h3">{words.highlights}</Box>
          <ul>
            {listing.highlights.map(text => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </div>
      )}
    </SpaceBetween>
  ),
})

const Versions = ({ versions }: { readonly versions: readonly FulfillmentOption[] }) => (
  <SpaceBetween size="s">
    {versions.map((version, index) => (
      <ExpandableSection
        key={version.fulfillmentOptionId}
        defaultExpanded={index === 0}
        headerText={version.fulfillmentOptionVersion ?? version.fulfillmentOptionId}
      >
        <Markdown text={version.releaseNotes ?? ''} />
      </ExpandableSection>
    ))}
  </SpaceBetween>
)

function resources(listing: Listing, title: string, type: string, none: string): DetailsSection {
  const own = listing.resources.filter(({ resourceType }) => resourceType === type)
  return {
    title,
    content: (
      <SpaceBetween size="xs">
        {own.length === 0 && <Box color="text-body-secondary">{none}</Box>}
        {own.map(resource => (
          <OneResource key={resource.value} resource={resource} />
        ))}
      </SpaceBetween>
    ),
  }
}

const OneResource = ({ resource: { contentType, value, displayName = value } }: { readonly resource: Resource }) =>
  contentType === 'LINK' && /^https?:\/\//.test(value) ? (
    <Link href={value} external externalIconAriaLabel={marketplaceTexts.price.opened(displayName)}>
      {displayName}
    </Link>
  ) : (
    <Markdown text={value} />
  )
