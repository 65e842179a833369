import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Form from '@cloudscape-design/components/form'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'
import { navigate } from '../route/location.ts'
import { texts } from '../texts.ts'
import { CliDialog, type CliRequest } from './cli-dialog.tsx'
import type { FormState } from './form-state.ts'
import { Refusal } from './refusal.tsx'

const words = texts.form

interface Props<Values extends object> {
  readonly title: string
  readonly description: string
  readonly form: FormState<Values>
  readonly sections: readonly { readonly title: string; readonly content: ReactNode }[]
  readonly submitText: string
  readonly back: string
  /** Absent where nothing is asked of an API. */
  readonly request?: CliRequest
  /** Throws what the API refuses; resolves with where to go. */
  submit(): Promise<string>
}

/** A form of one page: its sections, the request as a CLI line, and the API's refusal above the button. */
export function PageForm<Values extends object>(props: Props<Values>) {
  const { title, description, form, sections, submitText, back, request } = props
  const [problem, setProblem] = useState<unknown>()
  const [waits, setWaits] = useState(false)
  const [showsCli, setShowsCli] = useState(false)
  const submit = async () => {
    setProblem(undefined)
    if (!form.check()) return
    setWaits(true)
    try {
      const to = await props.submit()
      form.settle()
      navigate(to)
    } catch (error) {
      setProblem(error)
      setWaits(false)
    }
  }
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={description}>
          {title}
        </Header>
      }
    >
      <form
        noValidate
        onSubmit={event => {
          event.preventDefault()
          void submit()
        }}
      >
        <Form
          errorText={problem !== undefined && <Refusal error={problem} list={back} />}
          secondaryActions={
            request && (
              <Button formAction="none" onClick={() => setShowsCli(true)}>
                {words.cli}
              </Button>
            )
          }
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" variant="link" onClick={() => navigate(back)}>
                {words.cancel}
              </Button>
              <Button variant="primary" loading={waits} formAction="submit">
                {submitText}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {sections.map(section => (
              <Container key={section.title} header={<Header variant="h2">{section.title}</Header>}>
                <SpaceBetween size="m">{section.content}</SpaceBetween>
              </Container>
            ))}
          </SpaceBetween>
        </Form>
      </form>
      {showsCli && request && <CliDialog request={request} close={() => setShowsCli(false)} />}
    </ContentLayout>
  )
}
