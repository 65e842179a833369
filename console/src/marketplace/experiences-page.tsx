import Box from '@cloudscape-design/components/box'
import Link from '@cloudscape-design/components/link'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { createExperience, type ExperienceRow, experiences } from './experience.ts'
import { privateTexts as words } from './private-texts.ts'

const columns = asColumns<ExperienceRow>([
  {
    header: words.name,
    cell: ({ id, name }) => (
      <Link href={pathTo('experience', { name: id })} onFollow={follow}>
        {name}
      </Link>
    ),
  },
  { header: words.id, cell: ({ id }) => id },
  { header: words.modified, cell: ({ modified }) => time(modified) },
])

/** Private marketplaces that this account administers. */
export default function ExperiencesPage() {
  const listing = useListing(experiences)
  return (
    <ResourceList
      words={words.experiences}
      listing={listing}
      columns={columns}
      nameOf={({ id }) => id}
      isFoundByName={false}
      createBy={close => <CreateExperience close={close} />}
      actions={[]}
    />
  )
}

function CreateExperience({ close }: { close(): void }) {
  const form = useFormState({ name: '' }, { name: ({ name }) => wanted(name) })
  return (
    <DialogForm
      title={words.experiences.create}
      form={form}
      submitText={words.experiences.create}
      done={words.created}
      kinds={[experiences.kind]}
      submit={() => createExperience(form.values.name.trim())}
      close={close}
    >
      <Box>{words.createWhy}</Box>
      <TextField form={form} name="name" label={words.name} />
    </DialogForm>
  )
}
