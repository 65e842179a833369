import {
  type AccessKey,
  type AccessKeyMetadata,
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import Button from '@cloudscape-design/components/button'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { queryClient } from '../api/query-client.ts'
import { CopyLine } from '../kit/copy-line.tsx'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { runTask } from '../shell/notices.tsx'
import { texts as allTexts } from '../texts.ts'
import { client } from './identity.ts'
import { identityTexts as texts } from './identity-texts.ts'

const kind = 'access-keys'

/** A user's access keys, or those of whoever is signed in. The secret of a new one is shown once. */
export function AccessKeys({ user }: { readonly user?: string }) {
  const query = useQuery({
    queryKey: [kind, user ?? ''],
    queryFn: async () =>
      (await client().send(new ListAccessKeysCommand({ UserName: user, MaxItems: 100 }))).AccessKeyMetadata ?? [],
  })
  const [made, setMade] = useState<AccessKey>()
  const [removed, setRemoved] = useState<string>()
  const change = (done: string, run: () => Promise<void>) =>
    void runTask({
      ...{ doing: texts.keys, done, failed: texts.failed },
      async run() {
        await run()
        await queryClient.invalidateQueries({ queryKey: [kind] })
      },
    })
  const create = () =>
    change(texts.keyIsMade, async () => {
      setMade((await client().send(new CreateAccessKeyCommand({ UserName: user }))).AccessKey)
    })
  const turn = ({ AccessKeyId = '', Status: before }: AccessKeyMetadata) => {
    const after = before === 'Active' ? 'Inactive' : 'Active'
    change(texts.keyIs(AccessKeyId, after), async () => {
      await client().send(new UpdateAccessKeyCommand({ UserName: user, AccessKeyId, Status: after }))
    })
  }
  return (
    <SpaceBetween size="s">
      <Button onClick={create}>{texts.createKey}</Button>
      <Loaded query={query}>{keys => <KeyTable keys={keys} turn={turn} remove={setRemoved} />}</Loaded>
      {made && <MadeKey made={made} close={() => setMade(undefined)} />}
      {removed !== undefined && (
        <Deletion
          name={removed}
          text={texts.deleteKeyText}
          kind={kind}
          run={() => client().send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: removed }))}
          onClose={() => setRemoved(undefined)}
        />
      )}
    </SpaceBetween>
  )
}

interface TableProps {
  readonly keys: readonly AccessKeyMetadata[]
  turn(key: AccessKeyMetadata): void
  remove(id: string): void
}

const KeyTable = ({ keys, turn, remove }: TableProps) => (
  <SimpleTable
    label={texts.keys}
    items={keys}
    empty={texts.noKeys}
    columns={[
      { header: texts.keyId, cell: ({ AccessKeyId }) => AccessKeyId },
      { header: texts.status, cell: ({ Status: word }) => <Status word={word} /> },
      { header: texts.createdAt, cell: ({ CreateDate }) => time(CreateDate) },
      {
        header: allTexts.list.actions,
        cell: key => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              ariaLabel={`${key.Status === 'Active' ? texts.deactivate : texts.activate} ${key.AccessKeyId}`}
              onClick={() => turn(key)}
            >
              {key.Status === 'Active' ? texts.deactivate : texts.activate}
            </Button>
            <Button ariaLabel={`${deletionVerb} ${key.AccessKeyId}`} onClick={() => remove(key.AccessKeyId ?? '')}>
              {deletionVerb}
            </Button>
          </SpaceBetween>
        ),
      },
    ]}
  />
)

const MadeKey = ({ made, close }: { readonly made: AccessKey; close(): void }) => (
  <Modal visible header={texts.keyIsMade} closeAriaLabel={allTexts.form.close} onDismiss={close}>
    <SpaceBetween size="m">
      <div>{texts.keyWhy}</div>
      <KeyValuePairs
        items={[
          { label: texts.keyId, value: <CopyLine line={made.AccessKeyId ?? ''} /> },
          { label: texts.secret, value: <CopyLine line={made.SecretAccessKey ?? ''} /> },
        ]}
      />
    </SpaceBetween>
  </Modal>
)
