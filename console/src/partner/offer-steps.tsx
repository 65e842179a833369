import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { RadioField, TextareaField, TextField } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import type { WizardStep } from '../kit/wizard-form.tsx'
import { Eula, RateFields } from './listing-steps.tsx'
import type { OfferValues } from './offer-values.ts'
import type { Listed } from './own-product.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.offers
type Form = FormState<OfferValues>

export const offerSteps = (form: Form, product: string, listed: Listed): readonly WizardStep[] => [
  {
    title: words.details,
    fields: ['name', 'expires'],
    sections: [{ title: words.details, content: <Details form={form} product={product} /> }],
  },
  {
    title: words.pricingStep,
    fields: ['days', 'prices', 'upfront', 'installments'],
    sections: [{ title: words.pricingStep, content: <Pricing form={form} listed={listed} /> }],
  },
  {
    title: words.buyersStep,
    fields: ['buyers'],
    sections: [
      {
        title: words.buyersStep,
        content: <TextareaField form={form} name="buyers" label={words.buyers} description={words.buyersWhy} />,
      },
    ],
  },
  {
    title: words.legalStep,
    fields: ['refund', 'eulaUrl', 'renewals', 'raise', 'mostRaise', 'adjustmentDays'],
    sections: [{ title: words.legalStep, content: <Legal form={form} /> }],
  },
]

const Details = ({ form, product }: { readonly form: Form; readonly product: string }) => (
  <SpaceBetween size="m">
    <FormField label={words.product}>{product}</FormField>
    <TextField form={form} name="name" label={words.name} />
    <TextareaField form={form} name="description" label={words.description} optional />
    <TextField form={form} name="expires" label={words.expires} constraint={words.dateRule} />
  </SpaceBetween>
)

const Pricing = ({ form, listed }: { readonly form: Form; readonly listed: Listed }) => (
  <SpaceBetween size="m">
    <RadioField
      form={form}
      name="model"
      label={words.model}
      choices={[
        { value: 'Usage', label: words.usage },
        { value: 'Contract', label: words.contract },
      ]}
    />
    <TextField form={form} name="days" label={words.days} constraint={words.daysRule} inputMode="numeric" />
    {form.values.model === 'Contract' && (
      <SpaceBetween size="m">
        <TextField form={form} name="upfront" label={words.upfront} inputMode="decimal" />
        <TextareaField
          form={form}
          name="installments"
          label={words.installments}
          optional
          description={words.installmentsWhy}
        />
      </SpaceBetween>
    )}
    <RateFields form={form} listed={listed} />
  </SpaceBetween>
)

const Legal = ({ form }: { readonly form: Form }) => (
  <SpaceBetween size="m">
    <Eula form={form} />
    <TextareaField form={form} name="refund" label={partnerTexts.refund.policy} />
    {form.values.model === 'Contract' && (
      <Checkbox checked={form.values.renews} onChange={({ detail }) => form.set('renews', detail.checked)}>
        {words.renews}
      </Checkbox>
    )}
    {form.values.model === 'Contract' && form.values.renews && (
      <SpaceBetween size="m">
        <TextField form={form} name="renewals" label={words.renewals} optional inputMode="numeric" />
        <Uplift form={form} />
      </SpaceBetween>
    )}
  </SpaceBetween>
)

/** By how much the price rises with a renewal: by so much, or by what the seller chooses within a range. */
const Uplift = ({ form }: { readonly form: Form }) => (
  <>
    <RadioField
      form={form}
      name="uplift"
      label={words.uplift}
      choices={[
        { value: 'fixed', label: words.fixedUplift },
        { value: 'range', label: words.rangeUplift },
      ]}
    />
    {form.values.uplift === 'fixed' ? (
      <TextField form={form} name="raise" label={words.raise} constraint={words.raiseRule} inputMode="decimal" />
    ) : (
      <>
        <TextField form={form} name="leastRaise" label={words.leastRaise} inputMode="decimal" />
        <TextField form={form} name="mostRaise" label={words.mostRaise} inputMode="decimal" />
        <TextField form={form} name="raise" label={words.usualRaise} constraint={words.raiseRule} inputMode="decimal" />
        <TextField
          form={form}
          name="adjustmentDays"
          label={words.adjustment}
          constraint={words.adjustmentRule}
          inputMode="numeric"
        />
      </>
    )}
  </>
)
