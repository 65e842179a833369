import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { pollMs, queryClient } from '../api/query-client.ts'
import { Loaded } from '../kit/loaded.tsx'
import { runTask } from '../shell/notices.tsx'
import { askOperator } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'

interface Publication {
  readonly status: 'NOT_STARTED' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
  readonly lines: readonly string[]
}

interface Examples {
  readonly examples: readonly { readonly name: string; readonly description: string }[]
  readonly publication: Publication
}

const types: Readonly<Record<Publication['status'], StatusIndicatorProps.Type>> = {
  NOT_STARTED: 'not-started',
  IN_PROGRESS: 'in-progress',
  COMPLETED: 'success',
  FAILED: 'error',
}

/** Has example products built, certified and listed, and says how far that has come: the server works on when the page is left. */
export function FillMarket() {
  const query = useQuery({
    queryKey: ['examples'],
    queryFn: () => askOperator<Examples>('GET', '/examples'),
    refetchInterval: ({ state }) => pollMs(state.data?.publication.status === 'IN_PROGRESS'),
  })
  const [names, setNames] = useState<readonly string[]>([])
  const start = () =>
    void runTask({
      ...{ doing: words.filling, done: words.fillStarted, failed: words.fillFailed },
      async run() {
        await askOperator('POST', '/examples/publications', names.length > 0 ? { names } : {})
        await queryClient.invalidateQueries({ queryKey: ['examples'] })
      },
    })
  return (
    <Loaded query={query}>
      {({ examples, publication }) => (
        <SpaceBetween size="s">
          <FormField label={words.examples} constraintText={words.examplesRule}>
            <Multiselect
              options={examples.map(({ name, description }) => ({ value: name, label: name, description }))}
              selectedOptions={names.map(value => ({ value, label: value }))}
              placeholder={words.allExamples}
              deselectAriaLabel={({ label }) => words.leaveOut(label ?? '')}
              onChange={({ detail }) => setNames(detail.selectedOptions.map(({ value = '' }) => value))}
            />
          </FormField>
          <Button disabled={publication.status === 'IN_PROGRESS'} onClick={start}>
            {words.fillButton}
          </Button>
          <Progress publication={publication} />
        </SpaceBetween>
      )}
    </Loaded>
  )
}

const Progress = ({ publication: { status, lines } }: { readonly publication: Publication }) =>
  status !== 'NOT_STARTED' && (
    <SpaceBetween size="xs">
      <StatusIndicator type={types[status]}>{words.fillStatus[status]}</StatusIndicator>
      {lines.length > 0 && (
        <section className="json-text" aria-label={words.progress}>
          <pre>{lines.join('\n')}</pre>
        </section>
      )}
    </SpaceBetween>
  )
