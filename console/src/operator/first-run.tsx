import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { useListing } from '../kit/use-listing.ts'
import { texts } from '../texts.ts'
import { CreateAccount } from './create-account.tsx'
import { FillMarket } from './fill-market.tsx'
import { OpenConsole } from './open-console.tsx'
import { type Account, accounts } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'

/** What the operator of a new installation does first: accounts, products, and who they want to be. */
export default function FirstRun() {
  const listing = useListing(accounts)
  const [creates, setCreates] = useState(false)
  const [opened, setOpened] = useState<Account>()
  return (
    <Container
      header={
        <Header variant="h2" description={words.firstRunWhy}>
          {words.firstRun}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <SpaceBetween size="xs">
          <Header variant="h3">{words.makeAccounts}</Header>
          <Box>{words.makeAccountsWhy}</Box>
          <Button variant="primary" onClick={() => setCreates(true)}>
            {words.accounts.create}
          </Button>
        </SpaceBetween>
        <SpaceBetween size="xs">
          <Header variant="h3">{words.fill}</Header>
          <Box>{words.fillWhy}</Box>
          <FillMarket />
          <Box color="text-body-secondary">
            {texts.list.byCli} <CopyLine line={words.fillCli} />
          </Box>
        </SpaceBetween>
        <SpaceBetween size="xs">
          <Header variant="h3">{words.chooseWho}</Header>
          <Box>{words.chooseWhy}</Box>
          <Loaded query={listing.query}>{() => <Choices accounts={listing.items} choose={setOpened} />}</Loaded>
        </SpaceBetween>
      </SpaceBetween>
      {creates && <CreateAccount close={() => setCreates(false)} />}
      {opened && <OpenConsole account={opened} close={() => setOpened(undefined)} />}
    </Container>
  )
}

interface ChoicesProps {
  readonly accounts: readonly Account[]
  choose(account: Account): void
}

function Choices({ accounts: all, choose }: ChoicesProps) {
  const others = all.filter(({ isOperator }) => !isOperator)
  if (others.length === 0) return <Box color="text-body-secondary">{words.noAccounts}</Box>
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {others.map(account => (
        <Button key={account.accountId} onClick={() => choose(account)}>
          {account.accountName}
        </Button>
      ))}
    </SpaceBetween>
  )
}
