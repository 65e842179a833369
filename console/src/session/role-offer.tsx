import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { texts } from '../texts.ts'
import type { OfferedRole } from './session.ts'

const words = texts.signIn

interface Props {
  readonly roles: readonly OfferedRole[]
  readonly disabled: boolean
  choose(arn: string): void
}

/** For whoever's groups give them several roles: which one they want now. */
export function RoleOffer({ roles, disabled, choose }: Props) {
  const [chosen, setChosen] = useState(roles[0]?.arn ?? '')
  return (
    <Container>
      <SpaceBetween size="m">
        <FormField label={words.role} description={words.roleWhy}>
          <RadioGroup
            value={chosen}
            items={roles.map(({ arn, account, accountName }) => ({
              value: arn,
              label: arn.split(':role/').at(-1),
              description: `${accountName} (${account})`,
            }))}
            onChange={({ detail }) => setChosen(detail.value)}
          />
        </FormField>
        <Button formAction="none" disabled={disabled} onClick={() => choose(chosen)}>
          {words.takeRole}
        </Button>
      </SpaceBetween>
    </Container>
  )
}
