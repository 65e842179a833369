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
import { RoleOffer } from './role-offer.tsx'
import { leaveFor, type OfferedRole, SessionRefusal, type SignIn, signIn, signInProviders } from './session.ts'

const words = texts.signIn
const nothing = { account: '', user: '', password: '', newPassword: '' }

/** Takes account, user and password, or what stands in the address: a link, or what a provider has answered; and leads to providers. */
export function SignInPage() {
  const [typed, setTyped] = useState(nothing)
  const [wantsNew, setWantsNew] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const [waits, setWaits] = useState(false)

  const [offered, setOffered] = useState<readonly OfferedRole[]>([])
  const enter = async (body: SignIn) => {
    const roles = await signIn(body)
    setOffered(roles ?? [])
    if (!roles && isSignInPage()) navigate(pathTo('home'), { replace: true })
  }
  const [providers, setProviders] = useState<readonly { readonly name: string }[]>([])

  const attempt = async (work: () => Promise<void>) => {
    setWaits(true)
    setProblem(undefined)
    try {
      await work()
    } catch (error) {
      if (error instanceof SessionRefusal && error.code === 'NewPasswordRequired') setWantsNew(true)
      else setProblem(error)
    }
    setWaits(false)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(() => {
    const given = takeFromAddress()
    if (given !== undefined) void attempt(() => enter(given))
    void signInProviders().then(setProviders, setProblem)
  }, [])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { newPassword, ...rest } = typed
    void attempt(() => enter(wantsNew ? { ...rest, newPassword } : rest))
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
            {offered.length > 0 && (
              <RoleOffer roles={offered} disabled={waits} choose={role => void attempt(() => enter({ role }))} />
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
            {providers.map(({ name }) => (
              <Button key={name} formAction="none" disabled={waits} onClick={() => void attempt(() => leaveFor(name))}>
                {words.by(name)}
              </Button>
            ))}
            <Box color="text-body-secondary">
              {words.linkHint} <Box variant="code">{words.linkCommand}</Box>
            </Box>
          </SpaceBetween>
        </Form>
      </form>
    </main>
  )
}

const isSignInPage = () => matchPath(window.location.pathname)?.page === 'signIn'

/** What a link or a provider has put into the address, which is then in no address and no history. */
function takeFromAddress(): SignIn | undefined {
  const { pathname, hash, search } = window.location
  const link = new URLSearchParams(hash.slice(1)).get('link')
  const isAnswer = matchPath(pathname)?.page === 'signIn' && new URLSearchParams(search).has('state')
  if (link === null && !isAnswer) return undefined
  window.history.replaceState(null, '', pathname)
  return link === null ? { response: search.slice(1) } : { link }
}
