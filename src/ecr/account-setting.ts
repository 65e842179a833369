import type { Db } from '../store/database.ts'
import { ecrErrors } from './ecr-errors.ts'
import type { Op } from './ecr-operation.ts'
import { type Registry, registrySetting, setRegistrySetting } from './registry-setting.ts'

/** ECR API Reference, PutAccountSetting: names and values; the first is in force until another is set. */
const settings = {
  BASIC_SCAN_TYPE_VERSION: ['AWS_NATIVE'],
  REGISTRY_POLICY_SCOPE: ['V2', 'V1'],
  BLOB_MOUNTING: ['ENABLED', 'DISABLED'],
} as const

type Name = keyof typeof settings

/** The value in force. */
export const accountSetting = async (db: Db, registry: Registry, name: Name): Promise<string> =>
  (await registrySetting(db, registry, name)) ?? settings[name][0]

export const getAccountSetting: Op<'GetAccountSetting'> = async ({ name }, ctx) => ({
  name,
  value: await accountSetting(ctx.store.db, ctx, requireName(name)),
})

/** Throws InvalidParameterException for what is not known or not to be had here, such as scans by CLAIR. */
export const putAccountSetting: Op<'PutAccountSetting'> = async ({ name, value }, ctx) => {
  const allowed: readonly string[] = settings[requireName(name)]
  if (!allowed.includes(value))
    throw ecrErrors.invalidParameter('value', `'${value}' is none of the values of ${name}: ${allowed.join(', ')}`)
  await setRegistrySetting(ctx.store.db, ctx, name, value)
  return { name, value }
}

function requireName(name: string): Name {
  if (Object.hasOwn(settings, name)) return name as Name
  throw ecrErrors.invalidParameter(
    'name',
    `'${name}' is none of the account settings: ${Object.keys(settings).join(', ')}`,
  )
}
