import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'
import type { Offer } from './offer-document.ts'

/** ISO 3166-1 alpha-2. */
export const countries: ReadonlySet<string> = new Set(
  [
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD',
    'CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF',
    'GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN',
    'KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA',
    'NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI',
    'SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI',
    'VN VU WF WS YE YT ZA ZM ZW',
  ].flatMap(line => line.split(' ')),
)

/** Where an account is, as the operator says; undefined when nobody has said. */
export async function countryOf(db: Db, account: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('market_account_country')
    .select('country')
    .where('account', '=', account)
    .executeTakeFirst()
  return row?.country
}

/** Says where an account is; empty for nowhere that is known. Throws an Error for what is no country. */
export async function setCountry({ db }: Store, account: string, country: string): Promise<void> {
  if (country !== '' && !countries.has(country)) throw new Error(`${country} is no ISO 3166-1 alpha-2 code, such as DE`)
  await db.deleteFrom('market_account_country').where('account', '=', account).execute()
  if (country !== '') await db.insertInto('market_account_country').values({ account, country }).execute()
}

/** Whether an account is where an offer is for. One that is nobody knows where is in none of the countries that are named. */
export async function isServed(db: Db, { document: { countries: given } }: Offer, account: string): Promise<boolean> {
  if (!given) return true
  const country = await countryOf(db, account)
  return given.codes.some(code => code === country) === given.isPositive
}
