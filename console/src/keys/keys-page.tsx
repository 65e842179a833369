import Link from '@cloudscape-design/components/link'
import { useRegion } from '../api/region.ts'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField, TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { createKey, type Key, keys } from './key.ts'
import { keysTexts as words } from './keys-texts.ts'

const columns = asColumns<Key>([
  {
    header: words.id,
    cell: ({ KeyId = '' }) => (
      <Link href={pathTo('key', { name: KeyId })} onFollow={follow}>
        {KeyId}
      </Link>
    ),
  },
  { header: words.aliases, cell: ({ aliases }) => aliases.join(', ') || texts.none },
  { header: words.state, cell: ({ KeyState }) => <Status word={KeyState} /> },
  { header: words.spec, cell: ({ KeySpec }) => KeySpec },
  { header: words.usage, cell: ({ KeyUsage }) => KeyUsage },
  { header: words.manager, cell: ({ KeyManager }) => KeyManager },
])

export default function KeysPage() {
  const listing = useListing(keys)
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={({ KeyId = '' }) => KeyId}
      isFoundByName={false}
      createBy={close => <CreateKey close={close} />}
      actions={[]}
    />
  )
}

function CreateKey({ close }: { close(): void }) {
  const [region] = useRegion()
  const form = useFormState(
    { alias: '', description: '' },
    { alias: ({ alias }) => (/^[\w/-]{0,250}$/.test(alias) ? undefined : words.aliasRule) },
  )
  return (
    <DialogForm
      title={words.create}
      form={form}
      submitText={words.create}
      done={words.created(form.values.alias || words.create)}
      kinds={[keys.kind]}
      request={{ service: 'kms', operation: 'CreateKey', input: { Description: form.values.description } }}
      submit={() => createKey(region, form.values)}
      close={close}
    >
      <TextField form={form} name="alias" label={words.alias} optional constraint={words.aliasRule} />
      <TextareaField form={form} name="description" label={words.description} optional />
    </DialogForm>
  )
}
