import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { useSession, type Who } from '../session/session.ts'
import { texts } from '../texts.ts'
import { AccessKeys } from './access-keys.tsx'
import { ChangePassword } from './change-password.tsx'
import { identityTexts } from './identity-texts.ts'

const words = identityTexts.own

/** What whoever is signed in proves it by: root, or a user; a role has nothing of its own. */
export default function SecurityCredentialsPage() {
  const who = useSession()
  const [asks, setAsks] = useState(false)
  if (typeof who === 'string') return null
  const isUser = who.arn.includes(':user/')
  return (
    <>
      <DetailsFrame
        title={words.title}
        description={words.description}
        actions={isUser ? [{ text: words.changePassword, run: () => setAsks(true) }] : []}
        sections={[accountOf(who), ...credentialsOf(who)]}
      />
      {asks && <ChangePassword close={() => setAsks(false)} />}
    </>
  )
}

const accountOf = ({ account, accountName, arn }: Who): DetailsSection => ({
  title: words.account,
  facts: [
    { label: words.accountName, value: accountName },
    { label: words.accountId, value: <CopyLine line={account} /> },
    { label: words.who, value: <CopyLine line={arn} /> },
  ],
})

function credentialsOf({ arn }: Who): DetailsSection[] {
  const isRoot = arn.endsWith(':root')
  if (!isRoot && !arn.includes(':user/')) return [{ title: identityTexts.keys, content: <Box>{words.none}</Box> }]
  const keys = (
    <SpaceBetween size="m">
      {isRoot && <Alert type="warning">{words.rootKeys}</Alert>}
      <AccessKeys />
    </SpaceBetween>
  )
  const rootPassword = (
    <SpaceBetween size="s">
      <Box>{words.rootPassword}</Box>
      <CopyLine line={texts.signIn.linkCommand} />
    </SpaceBetween>
  )
  return [
    ...(isRoot ? [{ title: words.password, content: rootPassword }] : []),
    { title: identityTexts.keys, content: keys },
  ]
}
