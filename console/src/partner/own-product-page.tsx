import Link from '@cloudscape-design/components/link'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { Confirm } from '../kit/confirm.tsx'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { follow } from '../route/follow.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { runTask } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { change, product } from './change.ts'
import { makeChanges } from './change-set.ts'
import { EvaluationTermsDialog } from './evaluation-terms.tsx'
import { InputDrift } from './input-drift.tsx'
import { usePublicOffer } from './offer.ts'
import { OfferTerms } from './offer-terms.tsx'
import { type OwnVersion, useOwnProduct, visibilityWord } from './own-product.ts'
import { partnerTexts } from './partner-texts.ts'
import {
  availableVersions,
  EditVersion,
  ListingChangeDialog,
  listingChangesOf,
  type Own,
  RestrictVersions,
} from './product-changes.tsx'
import { SellerReviews } from './seller-reviews.tsx'

const words = partnerTexts.own
type Asks = 'Public' | 'Restricted' | 'versions' | 'edit' | 'evaluation' | (typeof listingChangesOf)[number]

/** A product as its seller has it: who sees it, its versions, what it costs, what buyers say, and every change that may be asked for. */
export default function OwnProductPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data, error } = useOwnProduct(name)
  const { data: publicOffer = null } = usePublicOffer(name)
  const [asks, setAsks] = useState<Asks>()
  if (error && !data) return <ErrorAlert error={error} />
  if (!data) return <Spinner size="large" />
  const own: Own = { id: name, details: data.details, publicOffer }
  const { ProductTitle = name, Visibility } = data.details.Description ?? {}
  return (
    <>
      <DetailsFrame
        title={ProductTitle}
        actions={[
          ...(Visibility === 'Draft'
            ? [{ text: partnerTexts.listing.goOn, run: () => navigate(pathTo('listProduct', { name })) }]
            : []),
          {
            text: words.view,
            refusal: Visibility === 'Draft' ? words.notListed : undefined,
            run: () => navigate(pathTo('product', { name: name.replace(/^prod-/, 'prodview-') })),
          },
          {
            text: words.publish,
            isPrimary: true,
            refusal: Visibility === 'Limited' ? undefined : words.notLimited,
            run: () => setAsks('Public'),
          },
          {
            text: words.restrict,
            refusal: Visibility === 'Public' ? undefined : words.notPublic,
            run: () => setAsks('Restricted'),
          },
        ]}
        menu={{ text: words.menu, items: changesOf(own, setAsks) }}
        sections={sectionsOf(own)}
      />
      <Asked own={own} asks={asks} close={() => setAsks(undefined)} />
    </>
  )
}

const changesOf = (own: Own, ask: (what: Asks) => void) => [
  ...listingChangesOf.map(what => ({
    text: what.title,
    refusal: what.isOfOffer && own.publicOffer === null ? words.noOffer : undefined,
    run: () => ask(what),
  })),
  { text: words.addVersion, run: () => navigate(pathTo('createVersion', { name: own.id })) },
  { text: words.editVersion, run: () => ask('edit') },
  { text: partnerTexts.evaluation.title, run: () => ask('evaluation') },
  {
    text: words.restrictVersions,
    refusal: availableVersions(own.details).length > 1 ? undefined : words.restrictVersionsWhy,
    run: () => ask('versions'),
  },
]

interface AskedProps {
  readonly own: Own
  readonly asks: Asks | undefined
  close(): void
}

function Asked({ own, asks, close }: AskedProps) {
  if (asks === undefined) return null
  if (asks === 'versions') return <RestrictVersions own={own} close={close} />
  if (asks === 'evaluation') return <EvaluationTermsDialog productId={own.id} close={close} />
  if (asks === 'edit') return <EditVersion own={own} close={close} />
  if (typeof asks === 'object') return <ListingChangeDialog own={own} what={asks} close={close} />
  const verb = asks === 'Public' ? words.publish : words.restrict
  return (
    <Confirm
      title={`${verb}?`}
      text={asks === 'Public' ? words.publishText : words.restrictText}
      verb={verb}
      onClose={close}
      onConfirm={() =>
        void runTask({
          ...{ doing: words.doing, done: words.done(asks), failed: words.failed },
          run: () => makeChanges([change('UpdateVisibility', product, own.id, { TargetVisibility: asks })]),
        })
      }
    />
  )
}

const sectionsOf = ({ id, details, publicOffer }: Own): DetailsSection[] => [
  {
    title: words.summary,
    facts: [
      {
        label: partnerTexts.columns.visibility,
        value: <Status word={visibilityWord(details.Description?.Visibility)} />,
      },
      { label: partnerTexts.columns.id, value: <CopyLine line={id} /> },
      { label: words.code, value: details.Description?.ProductCode },
      { label: partnerTexts.information.short, value: details.Description?.ShortDescription },
      {
        label: words.targeting,
        value: details.Targeting?.PositiveTargeting?.BuyerAccounts?.join(', ') || words.everybody,
      },
    ],
  },
  { title: words.versions, content: <Versions versions={details.Versions ?? []} /> },
  ...(publicOffer === null ? [] : [{ title: words.pricing, content: <OfferTerms offer={publicOffer.details} /> }]),
  {
    title: partnerTexts.drift.title,
    content: <InputDrift productId={id} versions={details.Versions ?? []} />,
  },
  { title: words.reviews, content: <SellerReviews productId={id} /> },
]

const sourceOf = ({ Sources: [source] = [] }: OwnVersion): string | undefined =>
  source?.AlgorithmArn ?? source?.ModelPackageArn

/** The page of the resource that a version was made of. */
function Source({ version }: { readonly version: OwnVersion }) {
  const arn = sourceOf(version)
  const name = arn?.split('/')[1]
  if (arn === undefined || name === undefined) return texts.none
  const href = arn.includes(':algorithm/') ? pathTo('algorithm', { name }) : pathTo('modelPackage', { name })
  return (
    <Link href={href} onFollow={follow}>
      {arn}
    </Link>
  )
}

const Versions = ({ versions }: { readonly versions: readonly OwnVersion[] }) => (
  <SimpleTable
    label={words.versions}
    items={versions}
    empty={texts.none}
    columns={[
      { header: partnerTexts.version.title, cell: ({ VersionTitle }) => VersionTitle },
      {
        header: words.versionState,
        cell: ({ DeliveryOptions: options }) => <Status word={options?.[0]?.Visibility ?? words.available} />,
      },
      {
        header: words.versionCreated,
        cell: ({ CreationDate: at }) => time(at === undefined ? undefined : new Date(at)),
      },
      { header: words.versionArn, cell: version => <Source version={version} /> },
      { header: partnerTexts.version.notes, cell: ({ ReleaseNotes }) => ReleaseNotes },
    ]}
  />
)
