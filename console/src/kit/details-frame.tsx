import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import ButtonDropdown from '@cloudscape-design/components/button-dropdown'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { queryClient } from '../api/query-client.ts'
import { texts } from '../texts.ts'

export interface Fact {
  readonly label: string
  readonly value: ReactNode
}

export interface DetailsAction {
  readonly text: string
  /** Why not. */
  readonly refusal?: string | undefined
  run(): void
  readonly isPrimary?: boolean
}

export interface DetailsSection {
  readonly title: string
  readonly facts?: readonly Fact[]
  readonly content?: ReactNode
}

interface Props {
  readonly title: string
  readonly description?: ReactNode
  readonly actions: readonly DetailsAction[]
  /** More of them, behind one button. */
  readonly menu?: { readonly text: string; readonly items: readonly DetailsAction[] }
  readonly failure?: { readonly title: string; readonly reason: string | undefined }
  readonly sections: readonly DetailsSection[]
}

/** The one frame of a resource's page: what may be done, why it failed, and its sections. */
export const DetailsFrame = ({ title, description, actions, menu, failure, sections }: Props) => (
  <ContentLayout
    header={
      <Header
        variant="h1"
        description={description}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              iconName="refresh"
              ariaLabel={texts.list.refresh}
              onClick={() => void queryClient.invalidateQueries({ refetchType: 'active' })}
            />
            {actions.map(({ text, refusal, run, isPrimary }) => (
              <Button
                key={text}
                variant={isPrimary ? 'primary' : 'normal'}
                onClick={run}
                disabled={refusal !== undefined}
                {...(refusal !== undefined && { disabledReason: refusal })}
              >
                {text}
              </Button>
            ))}
            {menu && <Menu {...menu} />}
          </SpaceBetween>
        }
      >
        {title}
      </Header>
    }
  >
    <SpaceBetween size="l">
      {failure?.reason !== undefined && (
        <Alert type="error" header={failure.title}>
          {failure.reason}
        </Alert>
      )}
      {sections.map(({ title: name, facts, content }) => (
        <Container key={name} header={<Header variant="h2">{name}</Header>}>
          <SpaceBetween size="m">
            {facts && (
              <KeyValuePairs
                columns={3}
                items={facts.map(({ label, value }) => ({ label, value: value ?? texts.none }))}
              />
            )}
            {content}
          </SpaceBetween>
        </Container>
      ))}
    </SpaceBetween>
  </ContentLayout>
)

const Menu = ({ text: name, items }: NonNullable<Props['menu']>) => (
  <ButtonDropdown
    items={items.map(({ text, refusal }) => ({
      ...{ id: text, text, disabled: refusal !== undefined },
      ...(refusal !== undefined && { disabledReason: refusal }),
    }))}
    onItemClick={({ detail }) => items.find(({ text }) => text === detail.id)?.run()}
  >
    {name}
  </ButtonDropdown>
)
