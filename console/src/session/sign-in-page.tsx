import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Form from '@cloudscape-design/components/form'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type FormEvent, useEffect, useState } from 'react'
import { errorText } from '../api/error-text.ts'
import { navigate } from '../route/location.ts'
import { matchPath, pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { SessionRefusal, signIn } from './session.ts'

const words = texts.signIn
const nothing = { account: '', user: '', password: '', newPassword: '' }

/** Takes account, user and password, or the link in the address. */
export function SignInPage() {
  const [typed, setTyped] = useState(nothing)
  const [wantsNew, setWantsNew] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const [waits, setWaits] = useState(false)

  const attempt = async (body: Parameters<typeof signIn>[0]) => {
    setWaits(true)
    setProblem(undefined)
    try {
      await signIn(body)
      if (matchPath(window.location.pathname)?.page === 'signIn') navigate(pathTo('home'), { replace: true })
    } catch (error) {
      if (error instanceof SessionRefusal && error.code === 'NewPasswordRequired') setWantsNew(true)
      else setProblem(error)
    }
    setWaits(false)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(() => {
    const link = takeLink()
    if (link !== undefined) void attempt({ link })
  }, [])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { newPassword, ...rest } = typed
    void attempt(wantsNew ? { ...rest, newPassword } : rest)
  }
  const field = (name: keyof typeof nothing, type: 'text' | 'password', autoComplete: string) => (
    <FormField label={words[name]}>
      <Input
        type={type}
        autoComplete={autoComplete}
        value={typed[name]}
        onChange={({ detail }) => setTyped(before => ({ ...before, [name]: detail.value }))}
      />
    </FormField>
  )
  return (
    <main className="console-sign-in">
      <form onSubmit={submit}>
        <Form
          header={<Header variant="h1">{`${words.title} - ${texts.product}`}</Header>}
          actions={
            <Button variant="primary" loading={waits} loadingText={words.waiting} formAction="submit">
              {words.submit}
            </Button>
          }
        >
          <SpaceBetween size="l">
            {problem !== undefined && (
              <Alert type="error" header={words.refused}>
                {errorText(problem).message}
              </Alert>
            )}
            <Container>
              <SpaceBetween size="m">
                {field('account', 'text', 'organization')}
                {field('user', 'text', 'username')}
                {field('password', 'password', 'current-password')}
                {wantsNew && <Alert type="warning">{words.newPasswordWhy}</Alert>}
                {wantsNew && field('newPassword', 'password', 'new-password')}
              </SpaceBetween>
            </Container>
            <Box color="text-body-secondary">
              {words.linkHint} <Box variant="code">{words.linkCommand}</Box>
            </Box>
          </SpaceBetween>
        </Form>
      </form>
    </main>
  )
}

/** The secret of a link, which is then in no address and no history. */
function takeLink(): string | undefined {
  const link = new URLSearchParams(window.location.hash.slice(1)).get('link')
  if (link === null) return undefined
  window.history.replaceState(null, '', window.location.pathname)
  return link
}
