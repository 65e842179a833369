import type { Answer, MarketFixture } from '../market.fixture.ts'
import { change } from '../market-story.fixture.ts'

const Catalog = 'AWSMarketplace'

/** For tests: a change of an experience, of the one that a set makes unless another is named. */
export const onExperience = (type: string, details: object = {}, id = '$Experience.Entity.Identifier') =>
  change(type, 'Experience@1.0', id, details)

export const newExperience = (Name = 'Approved') =>
  change('CreateExperience', 'Experience@1.0', undefined, { Name }, { ChangeName: 'Experience' })

/** Starts a change set of an account and waits for its end. */
export async function changeAs(house: MarketFixture, account: string, ChangeSet: readonly object[]): Promise<Answer> {
  const ask = house.as(account)
  const { ChangeSetId } = await ask('catalog', 'StartChangeSet', { Catalog, ChangeSet })
  const [error] = await house.settle()
  if (error) throw error
  return ask('catalog', 'DescribeChangeSet', { Catalog, ChangeSetId })
}

export const codesOf = (set: Answer): string[] =>
  set.ChangeSet.flatMap((each: Answer) => each.ErrorDetailList.map((error: Answer) => error.ErrorCode))

/** A private marketplace that governs accounts, with the products that it allows. Returns the experience's id. */
export async function openExperience(
  house: MarketFixture,
  administrator: string,
  accounts: readonly string[],
  allowed: readonly string[] = [],
): Promise<string> {
  const set = await changeAs(house, administrator, [
    newExperience(),
    onExperience('CreateProcurementPolicy', { Name: 'What we use' }),
    ...(allowed.length > 0 ? [onExperience('AllowProductProcurement', { Products: [{ Ids: allowed }] })] : []),
    onExperience('AssociateAudience', { Principals: accounts }),
    onExperience('UpdateExperience', { Status: 'Enabled' }),
  ])
  if (set.Status !== 'SUCCEEDED') throw new Error(JSON.stringify(set, null, 2))
  return set.ChangeSet[0].Entity.Identifier
}
