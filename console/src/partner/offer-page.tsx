import { useState } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { Loaded } from '../kit/loaded.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { change, offer as offerType } from './change.ts'
import { makeChanges } from './change-set.ts'
import { useOffer } from './offer.ts'
import { buyersOf, endOf, type OfferDetails } from './offer-document.ts'
import { OfferTerms } from './offer-terms.tsx'
import { isDayToCome } from './offer-values.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.offers

/** Where a buyer accepts the offer. */
const urlOf = (id: string, { ProductId: productId = '' }: OfferDetails): string =>
  `${window.location.origin}${pathTo('procurement')}?${new URLSearchParams({ productId, offerId: id })}`

/** A private offer: who may accept it, until when, and what it says. */
export default function OfferPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  const query = useOffer(name)
  const [extends_, setExtends] = useState(false)
  return (
    <Loaded query={query}>
      {offer => {
        const end = endOf(offer)
        return (
          <>
            <DetailsFrame
              title={offer.Name ?? name}
              description={offer.Description}
              actions={[
                {
                  text: words.clone,
                  run: () => navigate(`${pathTo('createOffer')}?clone=${encodeURIComponent(name)}`),
                },
                {
                  text: words.extend,
                  refusal: offer.State === 'Released' ? undefined : words.notReleased,
                  run: () => setExtends(true),
                },
              ]}
              sections={[
                {
                  title: words.details,
                  facts: [
                    { label: words.id, value: <CopyLine line={name} /> },
                    { label: words.status, value: <Status word={offer.State} /> },
                    { label: words.product, value: offer.ProductId },
                    { label: words.expires, value: end === undefined ? undefined : time(new Date(end)) },
                    { label: words.buyers, value: buyersOf(offer).join(', ') || words.none },
                    { label: words.copyUrl, value: <CopyLine line={urlOf(name, offer)} /> },
                  ],
                },
                { title: words.terms, content: <OfferTerms offer={offer} /> },
              ]}
            />
            {extends_ && <Extension id={name} end={end} close={() => setExtends(false)} />}
          </>
        )
      }}
    </Loaded>
  )
}

interface Props {
  readonly id: string
  readonly end: string | undefined
  close(): void
}

function Extension({ id, end = '', close }: Props) {
  const form = useFormState(
    { day: end.slice(0, 10) },
    { day: ({ day }) => (isDayToCome(day) ? undefined : words.dateRule) },
  )
  return (
    <DialogForm
      title={words.extend}
      form={form}
      submitText={words.extend}
      done={words.extended}
      kinds={['offers']}
      submit={() =>
        makeChanges([change('UpdateAvailability', offerType, id, { AvailabilityEndDate: form.values.day })])
      }
      close={close}
    >
      <TextField form={form} name="day" label={words.expires} constraint={words.dateRule} />
    </DialogForm>
  )
}
