import Alert from '@cloudscape-design/components/alert'
import Spinner from '@cloudscape-design/components/spinner'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { useFormState } from '../kit/form-state.ts'
import { WizardForm } from '../kit/wizard-form.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { told } from '../shell/notices.tsx'
import { change, offer, product } from './change.ts'
import { makeChanges } from './change-set.ts'
import { listedValues } from './listed-values.ts'
import { listingRules } from './listing-rules.ts'
import { Pricing, versionFields, versionSections } from './listing-steps.tsx'
import { type ListingValues, pricing, versionOf } from './listing-values.ts'
import { usePublicOffer } from './offer.ts'
import { type Listed, listedOf, useListedAlgorithm, useListedPackage, useOwnProduct } from './own-product.ts'
import { partnerTexts } from './partner-texts.ts'
import type { Own } from './product-changes.tsx'
import { OwnAlgorithms, OwnPackages } from './resource-choice.tsx'

const words = partnerTexts.own

/** A new version of a product: of which resource (`?arn=ARN`), what it says, and what its new instance types cost. */
export default function CreateVersionPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data, error } = useOwnProduct(name)
  const { data: publicOffer } = usePublicOffer(name)
  const [arn] = useUrlState('arn', '')
  if (error && !data) return <ErrorAlert error={error} />
  if (!data || publicOffer === undefined) return <Spinner size="large" />
  if (publicOffer === null) return <Alert type="info">{words.noOffer}</Alert>
  const own: Own = { id: name, details: data.details, publicOffer }
  const isAlgorithm = listedOf(data.details).arn.includes(':algorithm/')
  if (arn === '') return <ChooseResource isAlgorithm={isAlgorithm} />
  return isAlgorithm ? <OfAlgorithm own={own} arn={arn} /> : <OfPackage own={own} arn={arn} />
}

const ChooseResource = ({ isAlgorithm }: { readonly isAlgorithm: boolean }) => (
  <DetailsFrame
    title={words.addVersion}
    description={words.addVersionWhy}
    actions={[]}
    sections={[{ title: words.versionArn, content: isAlgorithm ? <OwnAlgorithms /> : <OwnPackages /> }]}
  />
)

interface Of {
  readonly own: Own
  readonly arn: string
}
const OfAlgorithm = ({ own, arn }: Of) => <Known own={own} {...useListedAlgorithm(arn)} />
const OfPackage = ({ own, arn }: Of) => <Known own={own} {...useListedPackage(arn)} />

interface KnownProps {
  readonly own: Own
  readonly listed: Listed | undefined
  readonly error: Error | null
}

function Known({ own, listed, error }: KnownProps) {
  if (error && !listed) return <ErrorAlert error={error} />
  return listed ? <VersionWizard own={own} listed={listed} /> : <Spinner size="large" />
}

/** Every dimension has a price: those of the versions that stay, and those of the new one. */
const together = (one: Listed, other: Listed): Listed => {
  const all = (use: 'training' | 'realtime' | 'transform') => [...new Set([...one[use], ...other[use]])]
  return { arn: other.arn, training: all('training'), realtime: all('realtime'), transform: all('transform') }
}

function VersionWizard({ own, listed }: { readonly own: Own; readonly listed: Listed }) {
  const priced = together(listedOf(own.details), listed)
  const prices = ['prices', 'trialDays', 'trialHours'] as const
  const all = listingRules(priced)
  const rules = Object.fromEntries([...versionFields, ...prices].map(name => [name, all[name]]))
  const begun: ListingValues = {
    ...listedValues(own.details, own.publicOffer?.details ?? {}, listed),
    versionTitle: '',
  }
  const form = useFormState(begun, rules)
  const hasNewTypes = (['training', 'realtime', 'transform'] as const).some(
    use => priced[use].length > listedOf(own.details)[use].length,
  )
  const changes = () => [
    change('AddDeliveryOptions', product, own.id, versionOf(form.values, listed)),
    ...(hasNewTypes ? [change('UpdatePricingTerms', offer, own.publicOffer?.id, pricing(form.values, priced))] : []),
  ]
  const back = pathTo('ownProduct', { name: own.id })
  return (
    <WizardForm
      title={words.addVersion}
      form={form}
      steps={[
        { title: words.addVersion, fields: versionFields, sections: versionSections(form, listed) },
        ...(hasNewTypes
          ? [
              {
                title: partnerTexts.steps.pricing,
                fields: prices,
                sections: [{ title: partnerTexts.pricing.model, content: <Pricing form={form} listed={priced} /> }],
              },
            ]
          : []),
      ]}
      submitText={partnerTexts.submit}
      back={back}
      request={() => ({
        service: 'marketplace-catalog',
        operation: 'StartChangeSet',
        input: { Catalog: 'AWSMarketplace', ChangeSet: changes() },
      })}
      submit={async () => {
        await makeChanges(changes())
        told(words.added(form.values.versionTitle))
        return back
      }}
    />
  )
}
