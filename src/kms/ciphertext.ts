import { createCipheriv, createDecipheriv } from 'node:crypto'
import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { unseal } from '../ground/root-secret.ts'
import type { EncryptionContext } from '../service/kms.ts'
import type { KmsMaterialTable } from '../store/schema/kms-tables.ts'
import { day, insertMaterial, type KeyRow, type KmsPlatform } from './key-row.ts'
import { kmsError } from './kms-error.ts'

const version = 1
const headerSize = 1 + 16 + 32
const nonceSize = 12
const tagSize = 16

/**
 * A ciphertext names its key and the material that opens it: version, key UUID, material id, nonce, tag, body. AES-256-GCM
 * authenticates the header and the encryption context with it.
 */
export async function encryptUnder(
  parts: KmsPlatform,
  key: KeyRow,
  plaintext: Uint8Array,
  context: EncryptionContext = {},
): Promise<{ blob: Buffer; materialId: string }> {
  const material = await currentMaterial(parts, key)
  const header = Buffer.concat([Buffer.of(version), uuidBytes(key.id), Buffer.from(material.id, 'hex')])
  const nonce = randomness.bytes(nonceSize)
  const cipher = createCipheriv('aes-256-gcm', open(parts, material), nonce).setAAD(associated(header, context))
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return { blob: Buffer.concat([header, nonce, cipher.getAuthTag(), body]), materialId: material.id }
}

/** Throws InvalidCiphertextException when ciphertext or context were changed. */
export async function decryptUnder(
  parts: KmsPlatform,
  key: KeyRow,
  blob: Uint8Array,
  context: EncryptionContext = {},
): Promise<{ plaintext: Buffer; materialId: string }> {
  const bytes = Buffer.from(blob)
  const materialId = bytes.subarray(17, headerSize).toString('hex')
  const material = await parts.store.db
    .selectFrom('kms_material')
    .selectAll()
    .where('key_id', '=', key.id)
    .where('id', '=', materialId)
    .executeTakeFirst()
  if (!material) throw kmsError.badCiphertext()
  const nonce = bytes.subarray(headerSize, headerSize + nonceSize)
  const bodyAt = headerSize + nonceSize + tagSize
  const decipher = createDecipheriv('aes-256-gcm', open(parts, material), nonce, { authTagLength: tagSize })
  decipher
    .setAAD(associated(bytes.subarray(0, headerSize), context))
    .setAuthTag(bytes.subarray(bodyAt - tagSize, bodyAt))
  try {
    return { plaintext: Buffer.concat([decipher.update(bytes.subarray(bodyAt)), decipher.final()]), materialId }
  } catch {
    throw kmsError.badCiphertext()
  }
}

/** UUID of the key that a ciphertext names. Throws InvalidCiphertextException when it is none of ours. */
export function keyOfCiphertext(blob: Uint8Array): string {
  const bytes = Buffer.from(blob)
  if (bytes[0] !== version || bytes.length < headerSize + nonceSize + tagSize) throw kmsError.badCiphertext()
  const hex = bytes.subarray(1, 17).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The secret of a key that has one material alone: a MAC's, or a private key as PKCS #8. */
export const currentSecret = async (parts: KmsPlatform, key: KeyRow): Promise<Buffer> =>
  open(parts, await currentMaterial(parts, key))

/** The material that encrypts now. When rotation is due it is done here, so that no clock has to run for it. */
export async function currentMaterial(parts: KmsPlatform, key: KeyRow): Promise<KmsMaterialTable> {
  const now = parts.now().getTime()
  const due = key.rotation_period > 0 && key.next_rotation <= now
  if (!due) return newest(parts, key.id)
  await parts.store.transaction(async ({ db }) => {
    const period = key.rotation_period * day
    const next_rotation = key.next_rotation + Math.ceil((now - key.next_rotation + 1) / period) * period
    const mine = db.updateTable('kms_key').set({ next_rotation }).where('id', '=', key.id)
    const { numUpdatedRows } = await mine.where('next_rotation', '=', key.next_rotation).executeTakeFirstOrThrow()
    if (Number(numUpdatedRows) === 0) return
    const { generation } = await newest({ store: { ...parts.store, db } }, key.id)
    const rotation = { rotation: 'AUTOMATIC', secret: randomness.bytes(32) }
    await insertMaterial({ db }, parts, { keyId: key.id, generation: generation + 1, ...rotation })
  })
  return newest(parts, key.id)
}

const newest = ({ store }: Pick<KmsPlatform, 'store'>, keyId: string): Promise<KmsMaterialTable> =>
  store.db
    .selectFrom('kms_material')
    .selectAll()
    .where('key_id', '=', keyId)
    .orderBy('generation', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()

const open = (parts: KmsPlatform, { key_id, id, sealed }: KmsMaterialTable): Buffer =>
  unseal(parts.rootSecret, 'KMS key', `${key_id}/${id}`, Buffer.from(sealed, 'base64'))

const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex')

/** The context in one form only: pairs in byte order of their keys, each text behind its length. */
function associated(header: Buffer, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).map(pair => pair.map(text => Buffer.from(text)) as [Buffer, Buffer])
  const sorted = pairs.toSorted(([a], [b]) => Buffer.compare(a, b)).flat()
  const sizeOf = (text: Buffer) => {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(text.length)
    return size
  }
  return Buffer.concat([header, ...sorted.flatMap(text => [sizeOf(text), text])])
}

/** Keys that differ only by case would be one to policies, which ignore case: refused. */
export function checkContext(context: EncryptionContext | undefined): void {
  const keys = Object.keys(context ?? {})
  if (new Set(keys.map(key => key.toLowerCase())).size < keys.length)
    throw new ValidationException('Keys of an encryption context must differ by more than case.')
  if (Buffer.byteLength(JSON.stringify(context ?? {})) > 8192)
    throw new ValidationException('An encryption context may hold at most 8192 bytes.')
}
