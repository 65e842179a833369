import Multiselect from '@cloudscape-design/components/multiselect'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Field } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { texts } from '../texts.ts'
import { type ListingSummary, searchListings } from './discovery.ts'
import { evaluationTexts } from './evaluation-texts.ts'
import type { ChosenProduct, EvaluationValues } from './evaluation-values.ts'

const words = evaluationTexts.form

const chosenOf = ({ listingName, associatedEntities, fulfillmentOptionSummaries }: ListingSummary): ChosenProduct[] => {
  const id = associatedEntities.find(({ product }) => product)?.product?.productId
  const learns = fulfillmentOptionSummaries.some(({ fulfillmentOptionType: type }) => type === 'SAGEMAKER_ALGORITHM')
  return id === undefined ? [] : [{ id, name: listingName, learns }]
}

/** The products that a text finds in the shop. */
export const useFoundProducts = (text: string) =>
  useQuery({
    queryKey: ['found-products', text],
    queryFn: async () => (await searchListings({ text, filters: [] }, false, undefined)).items.flatMap(chosenOf),
    placeholderData: before => before,
  })

const option = ({ id, name }: ChosenProduct) => ({ value: id, label: name, description: id })

/** Products, looked for in the shop as one types. */
export function ProductField({ form }: { readonly form: FormState<EvaluationValues> }) {
  const [text, setText] = useState('')
  const { data: found = [], isPending } = useFoundProducts(text)
  const { products } = form.values
  const known = [...products, ...found]
  return (
    <Field form={form} name="products" label={words.products} description={words.productsWhy}>
      <Multiselect
        options={found.map(option)}
        selectedOptions={products.map(option)}
        filteringType="manual"
        onLoadItems={({ detail }) => setText(detail.filteringText)}
        statusType={isPending ? 'loading' : 'finished'}
        placeholder={words.findProducts}
        filteringPlaceholder={words.findProducts}
        empty={words.noProducts}
        deselectAriaLabel={({ label }) => `${texts.form.remove} ${label}`}
        onChange={({ detail }) => {
          const ids = detail.selectedOptions.map(({ value }) => value)
          form.set(
            'products',
            ids.flatMap(value => known.find(({ id }) => id === value) ?? []),
          )
        }}
      />
    </Field>
  )
}
