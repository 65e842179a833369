import Box from '@cloudscape-design/components/box'
import { useState } from 'react'
import { queryClient } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField, TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { isJson } from '../kit/is-json.ts'
import { JsonText } from '../kit/json-text.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { runTask } from '../shell/notices.tsx'
import { cancelDeletion, disableKey, enableKey, putKeyPolicy, scheduleDeletion, useKey } from './key.ts'
import { keysTexts as words } from './keys-texts.ts'

export default function KeyPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  const query = useKey(name)
  const [region] = useRegion()
  const [asks, setAsks] = useState(false)
  const [edited, setEdited] = useState<string>()
  const act = (verb: string, run: (region: string, id: string) => Promise<unknown>) => ({
    text: verb,
    run: () =>
      void runTask({
        ...{ doing: verb, done: words.done(verb, name), failed: words.failed(verb) },
        run: async () => {
          await run(region, name)
          await queryClient.invalidateQueries({ queryKey: ['key'] })
        },
      }),
  })
  return (
    <Loaded query={query}>
      {({ key, policy, isRotated }) => (
        <>
          <DetailsFrame
            title={key.aliases[0] ?? name}
            description={key.Description}
            actions={
              key.KeyManager === 'AWS'
                ? []
                : key.KeyState === 'PendingDeletion'
                  ? [act(words.cancelDeletion, cancelDeletion)]
                  : [
                      key.Enabled ? act(words.disable, disableKey) : act(words.enable, enableKey),
                      ...(policy === undefined ? [] : [{ text: words.editPolicy, run: () => setEdited(policy) }]),
                      { text: words.schedule, run: () => setAsks(true) },
                    ]
            }
            sections={[
              {
                title: words.settings,
                facts: [
                  { label: 'ARN', value: <CopyLine line={key.Arn ?? name} /> },
                  { label: words.state, value: <Status word={key.KeyState} /> },
                  { label: words.aliases, value: key.aliases.join(', ') || undefined },
                  { label: words.spec, value: key.KeySpec },
                  { label: words.usage, value: key.KeyUsage },
                  { label: words.creationDate, value: time(key.CreationDate) },
                  { label: words.deletionDate, value: time(key.DeletionDate) },
                  {
                    label: words.rotation,
                    value: isRotated === undefined ? undefined : isRotated ? words.enabled : words.disabled,
                  },
                ],
              },
              ...(policy === undefined
                ? []
                : [
                    {
                      title: words.policy,
                      content: <JsonText content={JSON.parse(policy)} />,
                    },
                  ]),
            ]}
          />
          {edited !== undefined && <EditPolicy id={name} policy={edited} close={() => setEdited(undefined)} />}
          {asks && <ScheduleDeletion id={name} close={() => setAsks(false)} />}
        </>
      )}
    </Loaded>
  )
}

interface EditProps {
  readonly id: string
  readonly policy: string
  close(): void
}

function EditPolicy({ id, policy, close }: EditProps) {
  const [region] = useRegion()
  const form = useFormState(
    { policy: JSON.stringify(JSON.parse(policy), null, 2) },
    { policy: values => (isJson(values.policy) ? undefined : words.policyRule) },
  )
  return (
    <DialogForm
      title={words.editPolicy}
      form={form}
      submitText={words.editPolicy}
      done={words.policySaved}
      kinds={['key']}
      submit={() => putKeyPolicy(region, id, form.values.policy)}
      close={close}
    >
      <TextareaField form={form} name="policy" label={words.policy} description={words.policyWhy} rows={16} />
    </DialogForm>
  )
}

function ScheduleDeletion({ id, close }: { readonly id: string; close(): void }) {
  const [region] = useRegion()
  const form = useFormState(
    { days: '30' },
    {
      days: ({ days }) => (/^\d+$/.test(days) && Number(days) >= 7 && Number(days) <= 30 ? undefined : words.daysRule),
    },
  )
  return (
    <DialogForm
      title={words.schedule}
      form={form}
      submitText={words.schedule}
      done={words.done(words.schedule, id)}
      kinds={['keys', 'key']}
      submit={() => scheduleDeletion(region, id, Number(form.values.days))}
      close={close}
    >
      <Box>{words.scheduleWhy}</Box>
      <TextField form={form} name="days" label={words.days} constraint={words.daysRule} inputMode="numeric" />
    </DialogForm>
  )
}
