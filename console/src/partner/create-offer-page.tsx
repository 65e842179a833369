import type { EntitySummary } from '@aws-sdk/client-marketplace-catalog'
import Alert from '@cloudscape-design/components/alert'
import Link from '@cloudscape-design/components/link'
import Spinner from '@cloudscape-design/components/spinner'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { useFormState } from '../kit/form-state.ts'
import { Loaded } from '../kit/loaded.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { useListing } from '../kit/use-listing.ts'
import { WizardForm } from '../kit/wizard-form.tsx'
import { follow } from '../route/follow.ts'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { told } from '../shell/notices.tsx'
import { makeChanges } from './change-set.ts'
import { useOffer, usePublicOffer } from './offer.ts'
import { offerRules } from './offer-rules.ts'
import { offerSteps } from './offer-steps.tsx'
import { type OfferValues, offerChanges, offerLike } from './offer-values.ts'
import { type Listed, listedOf, ownProducts, useOwnProduct } from './own-product.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.offers

/** The wizard of a private offer: for a product (`?product=ID`), with the prices of its public offer, or like another one (`?clone=ID`). */
export default function CreateOfferPage() {
  const [product] = useUrlState('product', '')
  const [clone] = useUrlState('clone', '')
  if (clone !== '') return <Cloned id={clone} />
  return product === '' ? <Products /> : <ForProduct id={product} />
}

const titleOf = ({ Name, EntityId = '' }: EntitySummary): string => Name ?? EntityId

function Products() {
  const listing = useListing(ownProducts)
  return (
    <DetailsFrame
      title={words.create}
      description={words.purpose}
      actions={[]}
      sections={[
        {
          title: words.chooseProduct,
          content: (
            <Loaded query={listing.query}>
              {() => (
                <SimpleTable<EntitySummary>
                  label={words.chooseProduct}
                  items={listing.items}
                  empty={words.productRule}
                  columns={[
                    {
                      header: words.product,
                      cell: item => (
                        <Link href={`${pathTo('createOffer')}?product=${item.EntityId}`} onFollow={follow}>
                          {titleOf(item)}
                        </Link>
                      ),
                    },
                    { header: partnerTexts.columns.visibility, cell: ({ Visibility }) => Visibility },
                  ]}
                />
              )}
            </Loaded>
          ),
        },
      ]}
    />
  )
}

const Cloned = ({ id }: { readonly id: string }) => (
  <Loaded query={useOffer(id)}>
    {offer => <OfProduct id={offer.ProductId ?? ''} begin={{ ...offerLike(offer), name: '' }} />}
  </Loaded>
)

function ForProduct({ id }: { readonly id: string }) {
  const { data } = usePublicOffer(id)
  if (data === undefined) return <Spinner size="large" />
  if (data === null) return <Alert type="info">{words.productRule}</Alert>
  return <OfProduct id={id} begin={{ ...offerLike(data.details), product: id }} />
}

const OfProduct = ({ id, begin }: { readonly id: string; readonly begin: OfferValues }) => (
  <Loaded query={useOwnProduct(id)}>
    {({ details }) => (
      <OfferWizard title={details.Description?.ProductTitle ?? id} begin={begin} listed={listedOf(details)} />
    )}
  </Loaded>
)

interface Props {
  readonly title: string
  readonly begin: OfferValues
  readonly listed: Listed
}

function OfferWizard({ title, begin, listed }: Props) {
  const form = useFormState(begin, offerRules(listed))
  return (
    <WizardForm
      title={words.create}
      form={form}
      steps={offerSteps(form, title, listed)}
      submitText={words.submit}
      back={pathTo('offers')}
      request={() => ({
        service: 'marketplace-catalog',
        operation: 'StartChangeSet',
        input: { Catalog: 'AWSMarketplace', ChangeSet: offerChanges(form.values, listed) },
      })}
      submit={async () => {
        const name = await makeChanges(offerChanges(form.values, listed))
        told(words.created(form.values.name))
        return pathTo('offer', { name })
      }}
    />
  )
}
