import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { createAccessRole, createExecutionRole } from '../api/new-role.ts'
import { queryClient } from '../api/query-client.ts'
import { told } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { errorWords } from './error-alert.tsx'
import { kitTexts } from './kit-texts.ts'

const words = kitTexts.role

interface Props {
  readonly isForMarketplace: boolean
  onCreated(arn: string): void
  close(): void
}

/** Reviews and makes a role for SageMaker. */
export function RoleDialog({ isForMarketplace, onCreated, close }: Props) {
  const [buckets, setBuckets] = useState('any')
  const [names, setNames] = useState('')
  const [problem, setProblem] = useState<unknown>()
  const create = async () => {
    const named = names.split(/[\s,]+/).filter(name => name !== '')
    try {
      const access = buckets === 'specific' ? named : (buckets as 'any' | 'none')
      const arn = await (isForMarketplace ? createAccessRole(new Date()) : createExecutionRole(new Date(), access))
      await queryClient.invalidateQueries({ queryKey: ['roles'] })
      told(words.done)
      onCreated(arn)
      close()
    } catch (error) {
      setProblem(error)
    }
  }
  return (
    <Modal
      visible
      header={words.title}
      closeAriaLabel={texts.form.close}
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              {texts.form.cancel}
            </Button>
            <Button
              variant="primary"
              disabled={buckets === 'specific' && names.trim() === ''}
              onClick={() => void create()}
            >
              {words.create}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>{isForMarketplace ? words.marketText : words.text}</div>
        {!isForMarketplace && (
          <FormField label={words.buckets}>
            <RadioGroup
              value={buckets}
              items={(['any', 'specific', 'none'] as const).map(value => ({ value, label: words[value] }))}
              onChange={({ detail }) => setBuckets(detail.value)}
            />
          </FormField>
        )}
        {buckets === 'specific' && (
          <FormField label={words.names}>
            <Input value={names} onChange={({ detail }) => setNames(detail.value)} />
          </FormField>
        )}
        {problem !== undefined && <Alert type="error">{errorWords(problem)}</Alert>}
      </SpaceBetween>
    </Modal>
  )
}
