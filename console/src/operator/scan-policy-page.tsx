import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { queryClient } from '../api/query-client.ts'
import { Confirm } from '../kit/confirm.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { runTask } from '../shell/notices.tsx'
import { AddException } from './add-exception.tsx'
import { askOperator, timeOf } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'

interface Exception {
  readonly vulnerabilityId: string
  readonly packageName?: string
  readonly reason: string
  readonly until: number
}

interface ScanPolicy {
  readonly policyName: string
  readonly policyNames: readonly string[]
  readonly severities: readonly string[]
  readonly blocksUnfixed: boolean
  readonly systems: readonly string[]
  readonly sources: readonly {
    readonly ecosystem: string
    readonly newestRecordAt: number
    readonly importedAt: number
  }[]
  readonly exceptions: readonly Exception[]
}

const kind = 'scan-policy'

const act = (done: string, run: () => Promise<unknown>) =>
  void runTask({
    ...{ doing: words.scanning, done, failed: words.failed },
    async run() {
      await run()
      await queryClient.invalidateQueries({ queryKey: [kind] })
    },
  })

/** What judges images: the policy, the data it knows, and what passes all the same. */
export default function ScanPolicyPage() {
  const query = useQuery({ queryKey: [kind], queryFn: () => askOperator<ScanPolicy>('GET', '/scan-policy') })
  const [adds, setAdds] = useState(false)
  return (
    <Loaded query={query}>
      {policy => (
        <>
          <DetailsFrame
            title={words.scanning}
            description={words.scanningWhy}
            actions={[{ text: words.addException, isPrimary: true, run: () => setAdds(true) }]}
            sections={[
              {
                title: words.policy,
                content: <Choice policy={policy} />,
                facts: [
                  {
                    label: words.severities,
                    value: `${policy.severities.join(', ')}. ${policy.blocksUnfixed ? words.unfixed : words.fixable}`,
                  },
                  { label: words.systems, value: policy.systems.join('; ') },
                ],
              },
              { title: words.exceptions, content: <Exceptions exceptions={policy.exceptions} /> },
              {
                title: words.data,
                content: (
                  <SimpleTable
                    label={words.data}
                    items={policy.sources}
                    empty={words.noData}
                    columns={[
                      { header: words.ecosystem, cell: ({ ecosystem }) => ecosystem },
                      { header: words.newest, cell: ({ newestRecordAt }) => time(timeOf(newestRecordAt)) },
                      { header: words.imported, cell: ({ importedAt }) => time(timeOf(importedAt)) },
                    ]}
                  />
                ),
              },
            ]}
          />
          {adds && <AddException kind={kind} close={() => setAdds(false)} />}
        </>
      )}
    </Loaded>
  )
}

function Choice({ policy: { policyName, policyNames } }: { readonly policy: ScanPolicy }) {
  const choose = (name: string) =>
    act(words.policyChosen(name), () => askOperator('PUT', '/scan-policy', { policyName: name }))
  return (
    <FormField label={words.policy}>
      <Select
        options={policyNames.map(value => ({ value, label: value }))}
        selectedOption={{ value: policyName, label: policyName }}
        onChange={({ detail }) => choose(detail.selectedOption.value ?? policyName)}
      />
    </FormField>
  )
}

const revoke = ({ vulnerabilityId: id, packageName }: Exception) =>
  act(words.revoked(id), () =>
    askOperator(
      'DELETE',
      `/exceptions/${encodeURIComponent(id)}${packageName === undefined ? '' : `?packageName=${encodeURIComponent(packageName)}`}`,
    ),
  )

function Exceptions({ exceptions }: Pick<ScanPolicy, 'exceptions'>) {
  const [asked, setAsked] = useState<Exception>()
  return (
    <>
      <SimpleTable
        label={words.exceptions}
        items={exceptions}
        empty={words.noExceptions}
        columns={[
          { header: words.vulnerability, cell: ({ vulnerabilityId }) => vulnerabilityId },
          { header: words.packageName, cell: ({ packageName }) => packageName ?? words.anyPackage },
          { header: words.reason, cell: ({ reason }) => reason },
          { header: words.until, cell: ({ until }) => time(timeOf(until)) },
          {
            header: words.revoke,
            cell: exception => (
              <Button ariaLabel={words.revokeOf(exception.vulnerabilityId)} onClick={() => setAsked(exception)}>
                {words.revoke}
              </Button>
            ),
          },
        ]}
      />
      {asked && (
        <Confirm
          title={`${words.revokeOf(asked.vulnerabilityId)}?`}
          text={words.revokeText}
          verb={words.revoke}
          onConfirm={() => revoke(asked)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  )
}
