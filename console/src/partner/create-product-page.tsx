import FormField from '@cloudscape-design/components/form-field'
import { CopyLine } from '../kit/copy-line.tsx'
import { TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { PageForm } from '../kit/page-form.tsx'
import { PairRows, pairsAreRight } from '../kit/pair-rows.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { makeChanges } from './change-set.ts'
import { newProduct } from './listing-values.ts'
import { usePublicOffer } from './offer.ts'
import { useOwnProduct } from './own-product.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.listing

/** The first page of a listing (`?arn=ARN` of what is listed): the product gets its id and code, and is there from then on. */
export default function CreateProductPage() {
  const [arn] = useUrlState('arn', '')
  const [id] = useUrlState('product', '')
  const query = arn === '' ? '' : `?arn=${encodeURIComponent(arn)}`
  return id === '' ? <Begin query={query} /> : <Begun id={id} query={query} />
}

interface Beginning {
  readonly title: string
  readonly tags: readonly { readonly key: string; readonly value: string }[]
}

function Begin({ query }: { readonly query: string }) {
  const form = useFormState<Beginning>(
    { title: '', tags: [] },
    {
      title: ({ title }) => (title.trim() !== '' && title.length <= 72 ? undefined : partnerTexts.rules.title),
      tags: ({ tags }) => (pairsAreRight(tags) ? undefined : texts.form.wanted),
    },
  )
  const changes = newProduct(
    form.values.title,
    form.values.tags.map(({ key: Key, value: Value }) => ({ Key, Value })),
  )
  return (
    <PageForm
      title={words.title}
      description={words.why}
      form={form}
      sections={[
        {
          title: partnerTexts.own.summary,
          content: (
            <TextField form={form} name="title" label={words.name} constraint={partnerTexts.information.titleRule} />
          ),
        },
        {
          title: `${words.tags}${texts.form.optional}`,
          content: <PairRows pairs={form.values.tags} add={words.addTag} onChange={tags => form.set('tags', tags)} />,
        },
      ]}
      submitText={words.generate}
      back={pathTo('products')}
      request={{
        service: 'marketplace-catalog',
        operation: 'StartChangeSet',
        input: { Catalog: 'AWSMarketplace', ChangeSet: changes },
      }}
      submit={async () => {
        const product = await makeChanges(changes)
        return `${pathTo('createProduct')}${query}${query === '' ? '?' : '&'}product=${product}`
      }}
    />
  )
}

function Begun({ id, query }: { readonly id: string; readonly query: string }) {
  const form = useFormState({}, {})
  return (
    <PageForm
      title={words.title}
      description={words.idsWhy}
      form={form}
      sections={[{ title: words.ids, content: <Ids id={id} /> }]}
      submitText={words.proceed}
      back={pathTo('products')}
      submit={async () => pathTo('listProduct', { name: id }) + query}
    />
  )
}

/** What a product is known by. */
export function Ids({ id }: { readonly id: string }) {
  const { data } = useOwnProduct(id)
  const { data: publicOffer } = usePublicOffer(id)
  const shown = [
    [partnerTexts.columns.id, id],
    [partnerTexts.own.code, data?.details.Description?.ProductCode ?? texts.none],
    [words.offerId, publicOffer?.id ?? texts.none],
  ] as const
  return shown.map(([label, value]) => (
    <FormField key={label} label={label}>
      <CopyLine line={value} />
    </FormField>
  ))
}
