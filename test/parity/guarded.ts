// biome-ignore-all lint/suspicious/noTemplateCurlyInString: families of keys are written so
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { clientOf, type Installation } from './installation.ts'

/** Service Authorization Reference: the condition keys of each action that is served. */
export const reference: Readonly<Record<string, readonly string[]>> = JSON.parse(
  readFileSync(new URL('./condition-keys.json', import.meta.url), 'utf8'),
)

/** Keys that no request can have here, and why. */
const never: readonly (readonly [key: RegExp, action: RegExp, why: string])[] = [
  [/^kms:RecipientAttestation$/, /./, 'Nitro enclaves are not served: Recipient is refused'],
  [/^kms:MultiRegionKeyType$/, /./, 'keys of several Regions are not served'],
  [/^kms:ViaService$/, /./, 'a direct request has none; through a service: src/kms/kms.test.ts'],
  [/^sagemaker:DirectGatedModelAccess$/, /./, 'gated models of hubs are not served'],
  [/^sagemaker:CurrentModelLifeCycle/, /./, 'ModelLifeCycle is refused, so that no package has one'],
  [/^sagemaker:CurrentCustomerMetadata/, /CreateModelPackage$/, 'a new package has none yet'],
  [/^sagemaker:CurrentCustomerMetadata/, /(Tags)$/, 'versions have no tags'],
  [/^iam:/, /^iam:PassRole$/, 'no operation: asked when a role is handed on, as the tests of SageMaker show'],
  [/^aws:ResourceTag/, /:CreateKey$/, 'a new key has no tags yet'],
  [/^aws:(RequestTag|TagKeys)/, /:ListTagsForResource$/, 'takes no tags'],
]

/** The key of a family that tests use. */
export const sampleOfKey = (key: string): string =>
  key.replace('${TagKey}', 'team').replace('${EncryptionContextKey}', 'job').replace('${MetadataKey}', 'k')
export const isNever = (key: string, action: string) =>
  never.some(([keys, actions]) => keys.test(key) && actions.test(action))

interface Sdk {
  readonly sdk: object
  readonly client: new (options: never) => object
}

/** Makes the user of `guarded` with its key. */
export async function makeGuarded({ owner: { iam } }: Installation) {
  await iam.createUser({ UserName })
  const { AccessKey: key } = await iam.createAccessKey({ UserName })
  return { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
}

const UserName = 'guarded'

/** Asks as a user who may do everything but what the condition of a Deny of the action matches. */
export async function askGuarded(
  at: Installation,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
  deny: { readonly action: string; readonly condition: object },
  { sdk, client }: Sdk,
  operation: string,
  input: object,
): Promise<unknown> {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: deny.action, Resource: '*', Condition: deny.condition },
    ],
  })
  await at.owner.iam.putUserPolicy({ UserName, PolicyName: 'guard', PolicyDocument })
  const Commands = sdk as Record<string, new (input: object) => unknown>
  const Command = Commands[`${operation}Command`] ?? assert.fail(operation)
  const Client = client as new (options: object) => { send(command: unknown): Promise<unknown> }
  return clientOf(Client, at, { credentials }).send(new Command(input))
}

/** Holds when the request has the key. */
export const has = (key: string): object => ({ Null: { [key]: 'false' } })

export const denied = (action: string) => (error: Error) => {
  assert.match(error.message, new RegExp(`not authorized to perform: ${action} .* explicit deny`), error.message)
  return true
}
