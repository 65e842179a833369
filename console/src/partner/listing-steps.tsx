import Box from '@cloudscape-design/components/box'
import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Suspense } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { Field, MultiselectField, RadioField, SelectField, TextareaField, TextField } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { Markdown } from '../kit/markdown.tsx'
import { part } from '../kit/part.ts'
import type { WizardStep } from '../kit/wizard-form.tsx'
import { dimensionsOf, type ListingValues, lines, requestDimension } from './listing-values.ts'
import type { Listed } from './own-product.ts'
import { partnerTexts as words } from './partner-texts.ts'

type Form = FormState<ListingValues>
/** With the client of IAM, which no other step wants. */
const VersionRole = part(() => import('./version-role.tsx'))

/** AWS Marketplace Buyer Guide, "Product categories". */
const categories = [
  {
    label: 'Machine Learning',
    options: [
      ...[
        'Machine Learning',
        'ML Solutions',
        'Data Labeling Services',
        'Computer Vision',
        'Natural Language Processing',
      ],
      ...['Speech Recognition', 'Text', 'Image', 'Video', 'Audio', 'Structured'],
    ].map(value => ({ value })),
  },
  {
    label: 'Industries',
    options: [
      ...['Education & Research', 'Financial Services', 'Healthcare & Life Sciences', 'Media & Entertainment'],
      ...['Industrial', 'Energy'],
    ].map(value => ({ value })),
  },
]

const { information: info, version, pricing } = words

/** What the page of a version asks for. */
export const versionFields = [
  ...(['role', 'versionTitle', 'notes', 'inputSummary', 'inputSample', 'outputSummary', 'outputSample'] as const),
  ...(['usage', 'repository', 'notebook'] as const),
]

/** The pages of the wizard after its first, in their order. */
export const listingSteps = (form: Form, listed: Listed) =>
  ({
    information: {
      title: words.steps.information,
      fields: ['title', 'short', 'long', 'logo', 'highlights', 'categories', 'keywords', 'support'],
      sections: [
        { title: words.own.summary, content: <Information form={form} /> },
        { title: words.listing.preview, content: <Preview values={form.values} /> },
      ],
    },
    version: { title: words.steps.version, fields: versionFields, sections: versionSections(form, listed) },
    pricing: {
      title: words.steps.pricing,
      fields: ['prices', 'trialDays', 'trialHours'],
      sections: [{ title: pricing.model, content: <Pricing form={form} listed={listed} /> }],
    },
    refund: {
      title: words.steps.refund,
      fields: ['refund'],
      sections: [
        {
          title: words.steps.refund,
          content: (
            <TextareaField form={form} name="refund" label={words.refund.policy} description={words.refund.why} />
          ),
        },
      ],
    },
    eula: {
      title: words.steps.eula,
      fields: ['eulaUrl'],
      sections: [{ title: words.steps.eula, content: <Eula form={form} /> }],
    },
    allowlist: {
      title: words.steps.allowlist,
      fields: ['accounts'],
      sections: [{ title: words.steps.allowlist, content: <Allowlist form={form} /> }],
    },
  }) satisfies Record<string, WizardStep>

export const Allowlist = ({ form }: { readonly form: Form }) => (
  <TextareaField
    form={form}
    name="accounts"
    label={words.allowlist.accounts}
    optional
    description={words.allowlist.why}
  />
)

/** What buyers will read, while it is written. */
const Preview = ({ values }: { readonly values: ListingValues }) => (
  <SpaceBetween size="s">
    <Box variant="h3">{values.title}</Box>
    <Box>{values.short}</Box>
    <ul>
      {lines(values.highlights).map(line => (
        <li key={line}>{line}</li>
      ))}
    </ul>
    <Markdown text={values.long} />
  </SpaceBetween>
)

export const Information = ({ form }: { readonly form: Form }) => (
  <SpaceBetween size="m">
    <Box color="text-body-secondary">{words.checklist}</Box>
    <TextField form={form} name="title" label={info.title} constraint={info.titleRule} />
    <TextareaField form={form} name="short" label={info.short} />
    <TextareaField form={form} name="long" label={info.long} rows={6} />
    <TextField form={form} name="logo" label={info.logo} />
    <TextareaField form={form} name="highlights" label={info.highlights} description={info.highlightsWhy} />
    <MultiselectField
      form={form}
      name="categories"
      label={info.categories}
      groups={categories}
      placeholder={info.choose}
    />
    <TextField form={form} name="keywords" label={info.keywords} description={info.keywordsWhy} />
    <TextareaField form={form} name="support" label={info.support} />
  </SpaceBetween>
)

export const versionSections = (form: Form, listed: Listed): WizardStep['sections'] => [
  {
    title: version.arns,
    content: (
      <SpaceBetween size="m">
        <FormField label={version.arn}>
          <CopyLine line={listed.arn} />
        </FormField>
        <Suspense>
          <VersionRole form={form} />
        </Suspense>
      </SpaceBetween>
    ),
  },
  {
    title: version.settings,
    content: (
      <SpaceBetween size="m">
        <TextField form={form} name="versionTitle" label={version.title} />
        <TextareaField form={form} name="notes" label={version.notes} />
        <TextareaField form={form} name="usage" label={version.usage} description={version.usageWhy} rows={8} />
      </SpaceBetween>
    ),
  },
  {
    title: version.input,
    content: (
      <SpaceBetween size="m">
        <TextareaField form={form} name="inputSummary" label={version.inputSummary} />
        <TextareaField form={form} name="inputSample" label={version.inputSample} />
        <TextareaField form={form} name="limitations" label={version.limitations} optional />
      </SpaceBetween>
    ),
  },
  {
    title: version.output,
    content: (
      <SpaceBetween size="m">
        <TextareaField form={form} name="outputSummary" label={version.outputSummary} />
        <TextareaField form={form} name="outputSample" label={version.outputSample} />
      </SpaceBetween>
    ),
  },
  {
    title: version.links,
    content: (
      <SpaceBetween size="m">
        <TextField form={form} name="repository" label={version.repository} />
        <TextField form={form} name="notebook" label={version.notebook} />
      </SpaceBetween>
    ),
  },
  { title: version.recommended, content: <Recommended form={form} listed={listed} /> },
]

interface Props {
  readonly form: Form
  readonly listed: Listed
}

const Recommended = ({ form, listed }: Props) => (
  <SpaceBetween size="m">
    {(['training', 'realtime', 'transform'] as const)
      .filter(use => listed[use].length > 0)
      .map(use => (
        <SelectField
          key={use}
          form={form}
          name={`${use}Type`}
          label={version[use]}
          choices={listed[use].map(value => ({ value }))}
        />
      ))}
  </SpaceBetween>
)

export function Pricing({ form, listed }: Props) {
  const { model, hasTrial } = form.values
  return (
    <SpaceBetween size="m">
      <RadioField
        form={form}
        name="model"
        label={pricing.model}
        choices={[
          { value: 'Usage', label: pricing.usage },
          { value: 'Free', label: pricing.free },
        ]}
      />
      {model === 'Usage' && (
        <>
          <RateFields form={form} listed={listed} />
          <Checkbox checked={hasTrial} onChange={({ detail }) => form.set('hasTrial', detail.checked)}>
            {pricing.trial}
          </Checkbox>
          {hasTrial && (
            <SpaceBetween size="m">
              <TextField form={form} name="trialDays" label={pricing.trialDays} inputMode="numeric" />
              <TextField
                form={form}
                name="trialHours"
                label={pricing.trialHours}
                optional
                description={pricing.trialWhy}
                inputMode="numeric"
              />
            </SpaceBetween>
          )}
        </>
      )}
    </SpaceBetween>
  )
}

/** What the forms of listings and of private offers have in common: a price for each dimension. */
interface Rated {
  readonly isByRequest: boolean
  readonly prices: Readonly<Record<string, string>>
}

export function RateFields({ form, listed }: { readonly form: FormState<Rated>; readonly listed: Listed }) {
  const { isByRequest, prices } = form.values
  return (
    <SpaceBetween size="m">
      {listed.realtime.length > 0 && (
        <Checkbox checked={isByRequest} onChange={({ detail }) => form.set('isByRequest', detail.checked)}>
          {pricing.byRequest}
        </Checkbox>
      )}
      <Field form={form} name="prices" label={pricing.table}>
        <SpaceBetween size="xs">
          {dimensionsOf(listed, isByRequest).map(key => (
            <FormField key={key} label={wordsOf(key)}>
              <Input
                value={prices[key] ?? ''}
                inputMode="decimal"
                onChange={({ detail }) => form.set('prices', { ...prices, [key]: detail.value })}
              />
            </FormField>
          ))}
        </SpaceBetween>
      </Field>
    </SpaceBetween>
  )
}

/** `ml.m5.large.a.t` is Training on ml.m5.large. */
export function wordsOf(key: string): string {
  if (key === requestDimension) return pricing.request
  const [, type = key, use = ''] = /^(.+)\.(a\.t|m\.i\.[rb])$/.exec(key) ?? []
  return `${pricing.uses[use] ?? use}, ${type}`
}

export const Eula = ({ form }: { readonly form: FormState<{ readonly eula: string; readonly eulaUrl: string }> }) => (
  <SpaceBetween size="m">
    <RadioField
      form={form}
      name="eula"
      label={words.eula.kind}
      choices={[
        { value: 'standard', label: words.eula.standard },
        { value: 'custom', label: words.eula.custom },
      ]}
    />
    {form.values.eula === 'custom' && <TextField form={form} name="eulaUrl" label={words.eula.url} />}
  </SpaceBetween>
)
