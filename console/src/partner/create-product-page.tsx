import Alert from '@cloudscape-design/components/alert'
import Spinner from '@cloudscape-design/components/spinner'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { useFormState } from '../kit/form-state.ts'
import { WizardForm } from '../kit/wizard-form.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { told } from '../shell/notices.tsx'
import { makeChanges } from './change-set.ts'
import { listingRules } from './listing-rules.ts'
import { listingSteps } from './listing-steps.tsx'
import { listingChanges, newListing } from './listing-values.ts'
import { type Listed, useListedAlgorithm, useListedPackage } from './own-product.ts'
import { partnerTexts as words } from './partner-texts.ts'

/** The wizard that lists a certified resource (`?arn=ARN`). */
export default function CreateProductPage() {
  const [arn] = useUrlState('arn', '')
  if (arn === '') return <Alert type="info">{words.noArn}</Alert>
  return arn.includes(':algorithm/') ? <OfAlgorithm arn={arn} /> : <OfPackage arn={arn} />
}

const OfAlgorithm = ({ arn }: { readonly arn: string }) => <Known {...useListedAlgorithm(arn)} />
const OfPackage = ({ arn }: { readonly arn: string }) => <Known {...useListedPackage(arn)} />

function Known({ listed, error }: { readonly listed: Listed | undefined; readonly error: Error | null }) {
  if (error && !listed) return <ErrorAlert error={error} />
  return listed ? <ListingWizard listed={listed} /> : <Spinner size="large" />
}

function ListingWizard({ listed }: { readonly listed: Listed }) {
  const form = useFormState(newListing(listed), listingRules(listed))
  return (
    <WizardForm
      title={words.create}
      form={form}
      steps={listingSteps(form, listed)}
      submitText={words.submit}
      back={pathTo('products')}
      request={() => ({
        service: 'marketplace-catalog',
        operation: 'StartChangeSet',
        input: { Catalog: 'AWSMarketplace', ChangeSet: listingChanges(form.values, listed) },
      })}
      submit={async () => {
        const name = await makeChanges(listingChanges(form.values, listed))
        told(words.created(form.values.title))
        return pathTo('ownProduct', { name })
      }}
    />
  )
}
