import Multiselect from '@cloudscape-design/components/multiselect'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { DialogForm } from '../kit/dialog-form.tsx'
import { Field, SelectField, TextareaField } from '../kit/field.tsx'
import { type FormState, type Rules, useFormState, wanted } from '../kit/form-state.ts'
import { texts } from '../texts.ts'
import { change, product } from './change.ts'
import { makeChanges } from './change-set.ts'
import { listedValues } from './listed-values.ts'
import { listingRules } from './listing-rules.ts'
import { Allowlist, Eula, Information, Pricing } from './listing-steps.tsx'
import { type ListingValues, pageChanges } from './listing-values.ts'
import type { OfferDetails } from './offer-document.ts'
import { type Listed, listedOf, type OwnVersion, type ProductDetails } from './own-product.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.own
type Form = FormState<ListingValues>

/** A product with its public offer, as the forms that change them need it. */
export interface Own {
  readonly id: string
  readonly details: ProductDetails
  readonly publicOffer: { readonly id: string; readonly details: OfferDetails } | null
}

/** A form of the listing wizard by itself: what it shows, which fields it checks, and which page of it that is. */
interface ListingChange {
  readonly title: string
  readonly fields: readonly (keyof ListingValues)[]
  readonly isOfOffer?: boolean
  content(form: Form, listed: Listed): ReactNode
  readonly page: keyof typeof pageChanges
}

/** The entries of *Request changes* that are pages of the wizard. */
export const listingChangesOf: readonly ListingChange[] = [
  {
    title: words.information,
    fields: ['title', 'short', 'long', 'logo', 'highlights', 'categories', 'keywords', 'support'],
    content: form => <Information form={form} />,
    page: 'information',
  },
  {
    title: words.allowlist,
    fields: ['accounts'],
    content: form => <Allowlist form={form} />,
    page: 'allowlist',
  },
  {
    title: words.offer,
    fields: ['prices', 'trialDays', 'trialHours'],
    isOfOffer: true,
    content: (form, listed) => (
      <SpaceBetween size="m">
        <div>{words.offerWhy}</div>
        <Pricing form={form} listed={listed} />
      </SpaceBetween>
    ),
    page: 'pricing',
  },
  {
    title: words.refund,
    fields: ['refund'],
    isOfOffer: true,
    content: form => <TextareaField form={form} name="refund" label={partnerTexts.refund.policy} />,
    page: 'refund',
  },
  {
    title: words.eula,
    fields: ['eulaUrl'],
    isOfOffer: true,
    content: form => <Eula form={form} />,
    page: 'eula',
  },
]

interface Props {
  readonly own: Own
  close(): void
}

const kinds = ['products', 'offers']

/** One of them in a dialog, filled as the catalog has it. */
export function ListingChangeDialog({ own, what, close }: Props & { readonly what: ListingChange }) {
  const listed = listedOf(own.details)
  const all: Rules<ListingValues> = listingRules(listed)
  const rules = Object.fromEntries(what.fields.flatMap(name => (all[name] ? [[name, all[name]]] : [])))
  const form = useFormState(listedValues(own.details, own.publicOffer?.details ?? {}, listed), rules)
  const ids = { product: own.id, offer: own.publicOffer?.id ?? '' }
  return (
    <DialogForm
      title={what.title}
      form={form}
      submitText={partnerTexts.submit}
      done={words.requested}
      kinds={kinds}
      submit={() => makeChanges(pageChanges[what.page](form.values, listed, ids))}
      close={close}
    >
      {what.content(form, listed)}
    </DialogForm>
  )
}

/** What buyers may choose among. */
export const availableVersions = ({ Versions: all = [] }: ProductDetails): readonly OwnVersion[] =>
  all.filter(({ DeliveryOptions: [option] = [] }) => option?.Visibility !== 'Restricted')

const optionOf = ({ DeliveryOptions: [option] = [] }: OwnVersion): string => option?.Id ?? ''

export function RestrictVersions({ own, close }: Props) {
  const form = useFormState<{ versions: readonly string[] }>(
    { versions: [] },
    { versions: ({ versions }) => (versions.length > 0 ? undefined : words.versionsRule) },
  )
  const options = availableVersions(own.details).map(version => ({
    value: optionOf(version),
    label: version.VersionTitle ?? '',
  }))
  const DeliveryOptionIds = form.values.versions
  return (
    <DialogForm
      title={words.restrictVersions}
      form={form}
      submitText={partnerTexts.submit}
      done={words.requested}
      kinds={kinds}
      submit={() => makeChanges([change('RestrictDeliveryOptions', product, own.id, { DeliveryOptionIds })])}
      close={close}
    >
      <Field form={form} name="versions" label={words.versions} description={words.restrictVersionsWhy}>
        <Multiselect
          options={options}
          selectedOptions={options.filter(({ value }) => form.values.versions.includes(value))}
          placeholder={words.versionsRule}
          deselectAriaLabel={({ label = '' }) => `${texts.form.remove} ${label}`}
          onChange={({ detail }) =>
            form.set(
              'versions',
              detail.selectedOptions.map(({ value = '' }) => value),
            )
          }
        />
      </Field>
    </DialogForm>
  )
}

export function EditVersion({ own, close }: Props) {
  const versions = own.details.Versions ?? []
  const valuesOf = (version: OwnVersion | undefined) => ({
    version: version ? optionOf(version) : '',
    notes: version?.ReleaseNotes ?? '',
    usage: version?.DeliveryOptions?.[0]?.Instructions?.Usage ?? '',
  })
  const form = useFormState(valuesOf(versions[0]), {
    notes: ({ notes }) => wanted(notes),
    usage: ({ usage }) => wanted(usage),
  })
  const chosen = versions.find(version => optionOf(version) === form.values.version)
  const isAlgorithm = chosen?.Sources?.[0]?.AlgorithmArn !== undefined
  const kind = isAlgorithm ? 'SageMakerAlgorithmDeliveryOptionDetails' : 'SageMakerModelPackageDeliveryOptionDetails'
  const { notes, usage, version: Id } = form.values
  return (
    <DialogForm
      title={words.editVersion}
      form={form}
      submitText={partnerTexts.submit}
      done={words.requested}
      kinds={kinds}
      submit={() =>
        makeChanges([
          change('UpdateDeliveryOptions', product, own.id, {
            Version: { ReleaseNotes: notes },
            DeliveryOptions: [{ Id, Details: { [kind]: { UsageInstructions: usage } } }],
          }),
        ])
      }
      close={close}
    >
      <SelectField
        form={form}
        name="version"
        label={words.version}
        choices={versions.map(version => ({ value: optionOf(version), label: version.VersionTitle ?? '' }))}
        onChoice={value => {
          const next = valuesOf(versions.find(version => optionOf(version) === value))
          form.set('notes', next.notes)
          form.set('usage', next.usage)
        }}
      />
      <TextareaField form={form} name="notes" label={partnerTexts.version.notes} />
      <TextareaField form={form} name="usage" label={partnerTexts.version.usage} rows={8} />
    </DialogForm>
  )
}
