import Alert from '@cloudscape-design/components/alert'
import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Confirm } from '../kit/confirm.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { time } from '../kit/time.ts'
import { navigate, useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { runTask } from '../shell/notices.tsx'
import { type OfferTerm, type PurchaseOption, productName, useOfferTerms, usePurchaseOptions } from './discovery.ts'
import { marketplaceTexts } from './marketplace-texts.ts'
import { PriceTable, termFacts } from './price-facts.tsx'
import { isDeniedByAdministrator, RequestProduct } from './request-product.tsx'
import { acceptQuote, quoteOffer } from './subscription.ts'

const words = marketplaceTexts.procurement

/** Subscribing (`?productId=ID`, `&offerId=ID`): what is offered, what it costs, and the yes to it. */
export default function ProcurementPage() {
  const [productId] = useUrlState('productId', '')
  const name = useQuery({ queryKey: ['product-name', productId], queryFn: () => productName(productId) }).data
  const { data: offers, error } = usePurchaseOptions(productId)
  const [given, setOffer] = useUrlState('offerId', '')
  const offer = offers?.find(({ purchaseOptionId: id }) => id === given) ?? offers?.[0]
  const { data: terms } = useOfferTerms(offer?.purchaseOptionId)
  if (error && !offers) return <ErrorAlert error={error} />
  if (!offers) return <Spinner size="large" />
  if (!offer) return <Alert type="info">{words.noOffers}</Alert>
  if (!terms) return <Spinner size="large" />
  return (
    <Acceptance
      key={offer.purchaseOptionId}
      {...{ product: name ?? productId, productId, offers, offer, terms, setOffer }}
    />
  )
}

interface Props {
  readonly product: string
  readonly productId: string
  readonly offers: readonly PurchaseOption[]
  readonly offer: PurchaseOption
  readonly terms: readonly OfferTerm[]
  setOffer(id: string): void
}

function Acceptance({ product, productId, offers, offer, terms, setOffer }: Props) {
  const [renews, setRenews] = useState(false)
  const [quote, setQuote] = useState<Awaited<ReturnType<typeof quoteOffer>>>()
  const [isDenied, setDenied] = useState(false)
  const ask = async () => {
    try {
      setQuote(await quoteOffer(offer.purchaseOptionId, terms, renews))
    } catch (error) {
      if (isDeniedByAdministrator(error)) setDenied(true)
      else await runTask({ ...outcome(product), run: () => Promise.reject(error) })
    }
  }
  const accept = async () => {
    let agreement = ''
    const isDone = await runTask({
      ...outcome(product),
      async run() {
        agreement = await acceptQuote(quote?.agreementRequestId)
      },
    })
    if (isDone) navigate(pathTo('launch', { name: agreement }))
  }
  return (
    <>
      <DetailsFrame
        title={words.title}
        description={`${product}. ${words.description}`}
        actions={[{ text: words.accept, isPrimary: true, run: () => void ask() }]}
        sections={[
          { title: words.choose, content: <Offers {...{ offers, offer, setOffer }} /> },
          {
            title: words.terms,
            facts: termFacts(terms),
            content: (
              <SpaceBetween size="m">
                <PriceTable terms={terms} />
                {terms.some(({ renewalTerm }) => renewalTerm) && (
                  <Checkbox checked={renews} onChange={({ detail }) => setRenews(detail.checked)}>
                    {words.renew}
                  </Checkbox>
                )}
              </SpaceBetween>
            ),
          },
        ]}
      />
      {isDenied && <RequestProduct productId={productId} close={() => setDenied(false)} />}
      {quote && (
        <Confirm
          title={words.quoteTitle}
          text={`${words.quote(quote.chargeSummary?.newAgreementValue ?? '0', quote.chargeSummary?.currencyCode ?? 'USD')} ${words.legal}`}
          verb={words.accept}
          onConfirm={() => void accept()}
          onClose={() => setQuote(undefined)}
        />
      )}
    </>
  )
}

const outcome = (product: string) => ({
  doing: words.doing,
  done: words.done(product),
  failed: words.failed,
})

const Offers = ({ offers, offer, setOffer }: Pick<Props, 'offers' | 'offer' | 'setOffer'>) => (
  <FormField label={marketplaceTexts.price.offer}>
    <RadioGroup
      value={offer.purchaseOptionId}
      items={offers.map(({ purchaseOptionId: value, purchaseOptionName, badges = [], expirationTime }) => ({
        value,
        label: purchaseOptionName ?? value,
        description: [
          ...badges.map(({ displayName }) => displayName),
          ...(expirationTime === undefined ? [] : [time(new Date(expirationTime * 1000))]),
        ].join(', '),
      }))}
      onChange={({ detail }) => setOffer(detail.value)}
    />
  </FormField>
)
