import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Spinner from '@cloudscape-design/components/spinner'
import { useRef } from 'react'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { useFormState } from '../kit/form-state.ts'
import { WizardForm } from '../kit/wizard-form.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { told } from '../shell/notices.tsx'
import { makeChanges } from './change-set.ts'
import { Ids } from './create-product-page.tsx'
import { listedValues } from './listed-values.ts'
import { listingRules } from './listing-rules.ts'
import { listingSteps, versionFields } from './listing-steps.tsx'
import { pageChanges, releaseChanges } from './listing-values.ts'
import { usePublicOffer } from './offer.ts'
import { termOf } from './offer-document.ts'
import { type Listed, listedOf, useListedAlgorithm, useListedPackage, useOwnProduct } from './own-product.ts'
import { partnerTexts as words } from './partner-texts.ts'
import type { Own } from './product-changes.tsx'
import { refusedField } from './refused-field.ts'
import { OwnAlgorithms, OwnPackages } from './resource-choice.tsx'

interface OfDraft {
  readonly own: Own
  readonly arn: string
}

/** The wizard of a product in Staging (`?arn=ARN` of what is listed): each page is kept by a change set, so that any browser goes on with it. */
export default function ListProductPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data, error } = useOwnProduct(name)
  const { data: publicOffer, error: offerError } = usePublicOffer(name)
  const [chosen] = useUrlState('arn', '')
  if (error && !data) return <ErrorAlert error={error} />
  if (offerError && publicOffer === undefined) return <ErrorAlert error={offerError} />
  if (!data || publicOffer === undefined) return <Spinner size="large" />
  if (publicOffer === null) return <Alert type="info">{words.own.noOffer}</Alert>
  if (data.details.Description?.Visibility !== 'Draft') return <Alert type="info">{words.listing.notDraft}</Alert>
  const own: Own = { id: name, details: data.details, publicOffer }
  const arn = listedOf(data.details).arn || chosen
  if (arn === '') return <ListingWizard own={own} listed={nothing} />
  return arn.includes(':algorithm/') ? <OfAlgorithm own={own} arn={arn} /> : <OfPackage own={own} arn={arn} />
}

/** Before a resource is chosen. */
const nothing: Listed = { arn: '', training: [], realtime: [], transform: [] }

const OfAlgorithm = ({ own, arn }: OfDraft) => <Known own={own} {...useListedAlgorithm(arn)} />
const OfPackage = ({ own, arn }: OfDraft) => <Known own={own} {...useListedPackage(arn)} />

interface KnownProps {
  readonly own: Own
  readonly listed: Listed | undefined
  readonly error: Error | null
}

/** Once the version is kept, the product says itself which instance types it has. */
function Known({ own, listed: read, error }: KnownProps) {
  const kept = listedOf(own.details)
  const listed = kept.arn === '' ? read : kept
  if (error && !listed) return <ErrorAlert error={error} />
  return listed ? <ListingWizard own={own} listed={listed} /> : <Spinner size="large" />
}

type PageName = keyof typeof pageChanges

/** Whether the catalog has what a page says. */
function keptPages({ details, publicOffer }: Own): Readonly<Record<PageName, boolean>> {
  const offer = publicOffer?.details ?? {}
  return {
    information: details.SupportInformation?.Description !== undefined,
    version: (details.Versions ?? []).length > 0,
    pricing: offer.PricingModel !== undefined && offer.PricingModel !== '',
    refund: termOf(offer, 'SupportTerm') !== undefined,
    eula: termOf(offer, 'LegalTerm') !== undefined,
    allowlist: false,
  }
}

function ListingWizard({ own, listed }: { readonly own: Own; readonly listed: Listed }) {
  const kept = keptPages(own)
  const ids = { product: own.id, offer: own.publicOffer?.id ?? '' }
  const begun = listedValues(own.details, own.publicOffer?.details ?? {}, listed)
  const all = listingRules(listed)
  const settled: readonly string[] = kept.version ? versionFields : []
  const rules = Object.fromEntries(Object.entries(all).filter(([name]) => !settled.includes(name)))
  const form = useFormState(begun, rules)
  const changesOf = (page: PageName, values = form.values) => pageChanges[page](values, listed, ids)
  // What the catalog has of each page: the same is not asked for twice.
  const asked = useRef<Partial<Record<PageName, string>>>({})
  const keep = (page: PageName) => async () => {
    const changes = changesOf(page)
    const text = JSON.stringify(changes)
    const before = asked.current[page] ?? (kept[page] ? JSON.stringify(changesOf(page, begun)) : undefined)
    if (text === before) return
    await makeChanges(changes)
    asked.current[page] = text
  }
  const { information, version, pricing, refund, eula, allowlist } = listingSteps(form, listed)
  const steps = [
    { title: words.listing.title, fields: [], sections: [{ title: words.listing.ids, content: <Ids id={own.id} /> }] },
    { ...information, save: keep('information') },
    kept.version ? keptVersion(own) : listed.arn === '' ? choice : { ...version, save: keep('version') },
    { ...pricing, save: keep('pricing') },
    { ...refund, save: keep('refund') },
    { ...eula, save: keep('eula') },
    allowlist,
  ]
  const pages = ['information', 'version', 'pricing', 'refund', 'eula', 'allowlist'] as const
  return (
    <WizardForm
      title={words.create}
      form={form}
      steps={steps}
      startAt={1 + pages.findIndex(page => !kept[page])}
      fieldOf={refusedField}
      submitText={words.submit}
      back={pathTo('ownProduct', { name: own.id })}
      request={at => {
        const page = pages[at - 1]
        const isLast = page === 'allowlist'
        const ChangeSet = isLast ? releaseChanges(form.values, listed, ids) : page ? changesOf(page) : []
        return {
          service: 'marketplace-catalog',
          operation: 'StartChangeSet',
          input: { Catalog: 'AWSMarketplace', ChangeSet },
        }
      }}
      submit={async () => {
        await makeChanges(releaseChanges(form.values, listed, ids))
        told(words.created(form.values.title))
        return pathTo('ownProduct', { name: own.id })
      }}
    />
  )
}

/** The page of the version where nothing is chosen yet, as in another browser. */
const choice = {
  title: words.steps.version,
  fields: [],
  sections: [
    {
      title: words.version.arn,
      content: (
        <>
          <Box>{words.listing.resource}</Box>
          <OwnPackages />
          <OwnAlgorithms />
        </>
      ),
    },
  ],
  save: async () => {
    throw new Error(words.listing.resourceFirst)
  },
}

/** The catalog takes no change of a version before its product is listed. */
const keptVersion = ({ details }: Own) => ({
  title: words.steps.version,
  fields: [],
  sections: [
    {
      title: words.version.settings,
      content: (
        <>
          <Box>{`${details.Versions?.[0]?.VersionTitle}: ${listedOf(details).arn}`}</Box>
          <Box>{words.listing.versionKept}</Box>
        </>
      ),
    },
  ],
})
