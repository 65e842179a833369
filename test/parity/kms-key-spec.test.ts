import assert from 'node:assert/strict'
import {
  constants,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  verify,
} from 'node:crypto'
import { type CreateKeyCommandInput, type KeySpec, KMS, type SigningAlgorithmSpec } from '@aws-sdk/client-kms'
import { clientOf, installation } from './installation.ts'
import { parityOf, refused, unverified, verified } from './parity.ts'

const at = installation()
const parity = parityOf('KMS')
const kms = (): KMS => clientOf(KMS, at)
const reference = verified('AWS KMS API Reference; AWS KMS Developer Guide, "Key spec reference"')
const Message = Buffer.from('an invoice')

const newKey = async (input: CreateKeyCommandInput) => (await kms().createKey(input)).KeyMetadata?.KeyId as string
const publicKey = async (KeyId: string): Promise<KeyObject> => {
  const { PublicKey } = await kms().getPublicKey({ KeyId })
  return createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' })
}

/** How Node's own crypto, which is not what signs, verifies a signature of the algorithm. */
function opensslVerifies(algorithm: string, key: KeyObject, signature: Uint8Array): boolean {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return verify(
    `sha${algorithm.slice(-3)}`,
    Message,
    { key, ...(algorithm.startsWith('RSASSA_PSS') && pss) },
    signature,
  )
}

const rsa: SigningAlgorithmSpec[] = [
  ...(['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_384', 'RSASSA_PKCS1_V1_5_SHA_512'] as const),
  ...(['RSASSA_PSS_SHA_256', 'RSASSA_PSS_SHA_384', 'RSASSA_PSS_SHA_512'] as const),
]
const signers: readonly (readonly [spec: KeySpec, algorithms: readonly SigningAlgorithmSpec[]])[] = [
  ['RSA_2048', rsa],
  ['RSA_3072', ['RSASSA_PSS_SHA_384']],
  ['ECC_NIST_P256', ['ECDSA_SHA_256']],
  ['ECC_NIST_P384', ['ECDSA_SHA_384']],
  ['ECC_NIST_P521', ['ECDSA_SHA_512']],
  ['ECC_SECG_P256K1', ['ECDSA_SHA_256']],
]

for (const [KeySpec, algorithms] of signers)
  parity(
    'CreateKey DescribeKey GetPublicKey Sign Verify',
    reference,
    `${KeySpec} signs messages and digests`,
    async () => {
      const client = kms()
      const KeyId = await newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
      const { KeyMetadata } = await client.describeKey({ KeyId })
      assert.deepEqual([KeyMetadata?.KeySpec, KeyMetadata?.KeyUsage], [KeySpec, 'SIGN_VERIFY'])
      assert.ok(algorithms.every(algorithm => KeyMetadata?.SigningAlgorithms?.includes(algorithm)))
      assert.deepEqual([KeyMetadata?.EncryptionAlgorithms, KeyMetadata?.CurrentKeyMaterialId], [undefined, undefined])
      const key = await publicKey(KeyId)
      for (const SigningAlgorithm of algorithms) {
        const use = { KeyId, SigningAlgorithm }
        const digest = createHash(`sha${SigningAlgorithm.slice(-3)}`)
          .update(Message)
          .digest()
        const signed = [
          await client.sign({ ...use, Message }),
          await client.sign({ ...use, Message: digest, MessageType: 'DIGEST' }),
        ]
        for (const { Signature = new Uint8Array() } of signed) {
          assert.ok(opensslVerifies(SigningAlgorithm, key, Signature), SigningAlgorithm)
          assert.equal((await client.verify({ ...use, Message, Signature })).SignatureValid, true)
          const asDigest = await client.verify({ ...use, Message: digest, MessageType: 'DIGEST', Signature })
          assert.equal(asDigest.SignatureValid, true)
          const other = client.verify({ ...use, Message: Buffer.from('another'), Signature })
          await refused(other, 'KMSInvalidSignatureException', /not of this message/)
          const changed = client.verify({ ...use, Message, Signature: Signature.map(byte => byte ^ 1) })
          await refused(changed, 'KMSInvalidSignatureException', /not of this message/)
        }
        const short = client.sign({ ...use, Message: digest.subarray(1), MessageType: 'DIGEST' })
        await refused(short, 'ValidationException', /invalid length for algorithm/)
      }
    },
  )

/** The digest that AWS's clients give to Ed25519ph, which hashes it once more. */
const sha512 = createHash('sha512').update(Message).digest()

for (const KeySpec of ['ECC_NIST_EDWARDS25519', 'ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const)
  parity('CreateKey GetPublicKey Sign Verify', reference, `${KeySpec} signs messages whole`, async () => {
    const client = kms()
    const KeyId = await newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const SigningAlgorithm = KeySpec === 'ECC_NIST_EDWARDS25519' ? 'ED25519_SHA_512' : 'ML_DSA_SHAKE_256'
    const use = { KeyId, SigningAlgorithm } as const
    const { Signature = new Uint8Array() } = await client.sign({ ...use, Message })
    assert.ok(verify(null, Message, await publicKey(KeyId), Signature))
    assert.equal((await client.verify({ ...use, Message, Signature })).SignatureValid, true)
    const other = client.verify({ ...use, Message: Buffer.from('another'), Signature })
    await refused(other, 'KMSInvalidSignatureException', /not of this message/)
    const digest = client.sign({ ...use, Message: sha512, MessageType: 'DIGEST' })
    await refused(digest, 'ValidationException', /requires MessageType RAW/)
    const mu = client.sign({ ...use, Message: sha512, MessageType: 'EXTERNAL_MU' })
    if (SigningAlgorithm === 'ML_DSA_SHAKE_256') await refused(mu, 'UnsupportedOperationException', /EXTERNAL_MU/)
    else await refused(mu, 'ValidationException', /requires MessageType RAW/)
  })

parity('Sign Verify', reference, 'Ed25519ph signs digests alone', async () => {
  const client = kms()
  const KeyId = await newKey({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' })
  const use = { KeyId, SigningAlgorithm: 'ED25519_PH_SHA_512', MessageType: 'DIGEST' } as const
  const { Signature = new Uint8Array() } = await client.sign({ ...use, Message: sha512 })
  assert.equal(Signature.length, 64)
  assert.equal((await client.verify({ ...use, Message: sha512, Signature })).SignatureValid, true)
  const plain = client.verify({ KeyId, SigningAlgorithm: 'ED25519_SHA_512', Message: sha512, Signature })
  await refused(plain, 'KMSInvalidSignatureException', /not of this message/)
  await refused(
    client.sign({ ...use, MessageType: 'RAW', Message }),
    'ValidationException',
    /requires MessageType DIGEST/,
  )
  await refused(client.sign({ ...use, Message }), 'ValidationException', /invalid length/)
})

parity(
  'CreateKey DescribeKey CreateGrant DeriveSharedSecret GetPublicKey',
  reference,
  'two who know each other’s public keys have a secret in common',
  async () => {
    const client = kms()
    const KeyAgreementAlgorithm = 'ECDH' as const
    for (const [KeySpec, namedCurve] of [
      ['ECC_NIST_P256', 'P-256'],
      ['ECC_NIST_P384', 'P-384'],
      ['ECC_NIST_P521', 'P-521'],
    ] as const) {
      const KeyId = await newKey({ KeySpec, KeyUsage: 'KEY_AGREEMENT' })
      const { KeyMetadata } = await client.describeKey({ KeyId })
      assert.deepEqual(KeyMetadata?.KeyAgreementAlgorithms, ['ECDH'])
      const peer = generateKeyPairSync('ec', { namedCurve })
      const PublicKey = peer.publicKey.export({ type: 'spki', format: 'der' })
      const { SharedSecret, KeyOrigin } = await client.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm, PublicKey })
      const theirs = diffieHellman({ privateKey: peer.privateKey, publicKey: await publicKey(KeyId) })
      assert.deepEqual([Buffer.from(SharedSecret ?? []), KeyOrigin], [theirs, 'AWS_KMS'])
      const asked = { KeyId, KeyAgreementAlgorithm, PublicKey }
      await refused(client.deriveSharedSecret({ ...asked, DryRun: true }), 'DryRunOperationException', /DryRun/)
      const noKey = client.deriveSharedSecret({ ...asked, PublicKey: PublicKey.subarray(1) })
      await refused(noKey, 'ValidationException', /DER-encoded public key/)
      const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
      const elsewhere = curve.publicKey.export({ type: 'spki', format: 'der' })
      const other = client.deriveSharedSecret({ ...asked, PublicKey: elsewhere })
      await refused(other, 'ValidationException', /DER-encoded public key/)
      const signing = client.sign({ KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' })
      await refused(signing, 'InvalidKeyUsageException', /key usage is KEY_AGREEMENT/)
      await client.createGrant({ KeyId, GranteePrincipal: at.owner.role, Operations: ['DeriveSharedSecret'] })
      const wrong = client.createGrant({ KeyId, GranteePrincipal: at.owner.role, Operations: ['Sign'] })
      await refused(wrong, 'ValidationException', /cannot grant Sign/)
    }
    const signer = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
    const PublicKey = (await client.getPublicKey({ KeyId: signer })).PublicKey as Uint8Array
    const agree = client.deriveSharedSecret({ KeyId: signer, KeyAgreementAlgorithm, PublicKey })
    await refused(agree, 'InvalidKeyUsageException', /key usage is SIGN_VERIFY/)
  },
)

parity(
  'Encrypt Decrypt ReEncrypt GetPublicKey',
  reference,
  'an RSA key opens what its public half encrypted anywhere',
  async () => {
    const client = kms()
    const KeyId = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
    for (const [EncryptionAlgorithm, oaepHash, most] of [
      ['RSAES_OAEP_SHA_1', 'sha1', 214],
      ['RSAES_OAEP_SHA_256', 'sha256', 190],
    ] as const) {
      const sealed = publicEncrypt(
        { key: await publicKey(KeyId), oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING },
        Message,
      )
      const opened = await client.decrypt({ KeyId, CiphertextBlob: sealed, EncryptionAlgorithm })
      assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'an invoice')
      const largest = Buffer.alloc(most, 'x')
      const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext: largest, EncryptionAlgorithm })
      assert.equal((await client.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm })).Plaintext?.length, most)
      const larger = client.encrypt({ KeyId, Plaintext: Buffer.alloc(most + 1), EncryptionAlgorithm })
      await refused(larger, 'ValidationException', new RegExp(`larger than ${most} bytes`))
      const context = client.encrypt({ KeyId, Plaintext: Message, EncryptionAlgorithm, EncryptionContext: { a: 'b' } })
      await refused(context, 'ValidationException', /symmetric encryption keys alone/)
      await refused(client.decrypt({ CiphertextBlob, EncryptionAlgorithm }), 'ValidationException', /key must be named/)
      const broken = client.decrypt({ KeyId, CiphertextBlob: Buffer.alloc(256, 1), EncryptionAlgorithm })
      await refused(broken, 'InvalidCiphertextException', /./)
      const DestinationKeyId = await newKey({})
      const moved = await client.reEncrypt({
        ...{
          CiphertextBlob: sealed,
          SourceKeyId: KeyId,
          SourceEncryptionAlgorithm: EncryptionAlgorithm,
          DestinationKeyId,
        },
      })
      assert.equal(moved.DestinationEncryptionAlgorithm, 'SYMMETRIC_DEFAULT')
      const told = await client.decrypt({ CiphertextBlob: moved.CiphertextBlob })
      assert.equal(Buffer.from(told.Plaintext ?? []).toString(), 'an invoice')
    }
    await refused(
      client.encrypt({ KeyId, Plaintext: Message }),
      'InvalidKeyUsageException',
      /SYMMETRIC_DEFAULT is incompatible/,
    )
  },
)

parity('CreateKey GenerateMac VerifyMac', reference, 'HMAC keys make codes and verify them', async () => {
  const client = kms()
  for (const size of [224, 256, 384, 512] as const) {
    const KeyId = await newKey({ KeySpec: `HMAC_${size}`, KeyUsage: 'GENERATE_VERIFY_MAC' })
    const MacAlgorithm = `HMAC_SHA_${size}` as const
    const { Mac = new Uint8Array() } = await client.generateMac({ KeyId, Message, MacAlgorithm })
    assert.equal(Mac.length, size / 8)
    assert.equal((await client.verifyMac({ KeyId, Message, MacAlgorithm, Mac })).MacValid, true)
    const other = client.verifyMac({ KeyId, Message: Buffer.from('another'), MacAlgorithm, Mac })
    await refused(other, 'KMSInvalidMacException', /not of this message/)
    const cut = client.verifyMac({ KeyId, Message, MacAlgorithm, Mac: Mac.subarray(1) })
    await refused(cut, 'KMSInvalidMacException', /not of this message/)
    await refused(client.getPublicKey({ KeyId }), 'UnsupportedOperationException', /no pair/)
    await refused(client.enableKeyRotation({ KeyId }), 'UnsupportedOperationException', /HMAC/)
  }
})

parity(
  'GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext',
  reference,
  'pairs of keys, the private one sealed',
  async () => {
    const client = kms()
    const KeyId = await newKey({})
    const EncryptionContext = { for: 'tests' }
    for (const KeyPairSpec of ['RSA_2048', 'ECC_NIST_P256', 'ECC_SECG_P256K1'] as const) {
      const made = await client.generateDataKeyPair({ KeyId, KeyPairSpec, EncryptionContext })
      const opened = await client.decrypt({ CiphertextBlob: made.PrivateKeyCiphertextBlob, EncryptionContext })
      assert.deepEqual(opened.Plaintext, made.PrivateKeyPlaintext)
      createPublicKey({ key: Buffer.from(made.PublicKey ?? []), format: 'der', type: 'spki' })
      const hidden = await client.generateDataKeyPairWithoutPlaintext({ KeyId, KeyPairSpec })
      assert.ok(hidden.PrivateKeyCiphertextBlob && !('PrivateKeyPlaintext' in hidden))
    }
    const unserved = client.generateDataKeyPair({ KeyId, KeyPairSpec: 'SM2' })
    await refused(unserved, 'UnsupportedOperationException', /SM2/)
    const dry = client.generateDataKeyPair({ KeyId, KeyPairSpec: 'RSA_2048', DryRun: true })
    await refused(dry, 'DryRunOperationException', /DryRun/)
  },
)

parity('RotateKeyOnDemand ListKeyRotations', reference, 'a key is rotated at once; old ciphertexts open', async () => {
  const client = kms()
  const KeyId = await newKey({})
  const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext: Message })
  assert.deepEqual((await client.listKeyRotations({ KeyId })).Rotations, [])
  await client.rotateKeyOnDemand({ KeyId })
  await client.rotateKeyOnDemand({ KeyId })
  const { Rotations } = await client.listKeyRotations({ KeyId })
  assert.deepEqual(
    Rotations?.map(({ RotationType, KeyMaterialState }) => [RotationType, KeyMaterialState]),
    [
      ['ON_DEMAND', 'CURRENT'],
      ['ON_DEMAND', 'NON_CURRENT'],
    ],
  )
  const all = await client.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Limit: 2 })
  const rest = await client.listKeyRotations({
    KeyId,
    IncludeKeyMaterial: 'ALL_KEY_MATERIAL',
    Limit: 2,
    Marker: all.NextMarker,
  })
  assert.deepEqual([all.Rotations?.length, rest.Rotations?.length, rest.Truncated], [2, 1, false])
  const opened = await client.decrypt({ CiphertextBlob })
  assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'an invoice')
  for (let count = 2; count < 25; count++) await client.rotateKeyOnDemand({ KeyId })
  await refused(client.rotateKeyOnDemand({ KeyId }), 'LimitExceededException', /25 times/)
})

parity(
  'CreateGrant ListRetirableGrants',
  reference,
  'grants that a principal may retire; each kind of key grants its own',
  async () => {
    const client = kms()
    const [KeyId, signer] = [await newKey({}), await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })]
    const GranteePrincipal = at.owner.role
    const retired = { GranteePrincipal, RetiringPrincipal: GranteePrincipal }
    const first = await client.createGrant({ KeyId, ...retired, Operations: ['Encrypt', 'GenerateDataKeyPair'] })
    const second = await client.createGrant({ KeyId: signer, ...retired, Operations: ['Sign', 'GetPublicKey'] })
    await client.createGrant({ KeyId, GranteePrincipal, Operations: ['Decrypt'] })
    const { Grants } = await client.listRetirableGrants({ RetiringPrincipal: GranteePrincipal })
    assert.deepEqual(Grants?.map(({ GrantId }) => GrantId).sort(), [first.GrantId, second.GrantId].sort())
    const theirs = clientOf(KMS, at, { credentials: at.stranger.credentials })
    assert.deepEqual((await theirs.listRetirableGrants({ RetiringPrincipal: GranteePrincipal })).Grants, [])
    const wrong = client.createGrant({ KeyId: signer, GranteePrincipal, Operations: ['Encrypt'] })
    await refused(wrong, 'ValidationException', /cannot grant Encrypt/)
  },
)

parity(
  'CreateKey Sign GenerateDataKey',
  unverified('the texts are ours'),
  'a key is used for what it is made for alone',
  async () => {
    const client = kms()
    const none = client.createKey({ KeySpec: 'RSA_2048' })
    await refused(none, 'ValidationException', /must specify a KeyUsage value for all KMS keys except/)
    const odd = client.createKey({ KeySpec: 'RSA_2048', KeyUsage: 'GENERATE_VERIFY_MAC' })
    await refused(odd, 'ValidationException', /not compatible with KeySpec RSA_2048/)
    const agree = client.createKey({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'KEY_AGREEMENT' })
    await refused(agree, 'ValidationException', /KEY_AGREEMENT is not compatible/)
    const [KeyId, signer] = [await newKey({}), await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })]
    const signing = client.sign({ KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' })
    await refused(signing, 'InvalidKeyUsageException', /key usage is ENCRYPT_DECRYPT/)
    const wrong = client.sign({ KeyId: signer, Message, SigningAlgorithm: 'ECDSA_SHA_256' })
    await refused(wrong, 'InvalidKeyUsageException', /incompatible with key spec RSA_2048/)
    const data = client.generateDataKey({ KeyId: signer, KeySpec: 'AES_256' })
    await refused(data, 'InvalidKeyUsageException', /key usage is SIGN_VERIFY/)
    await at.owner.s3.createBucket({ Bucket: 'keyed' })
    const put = at.owner.s3.putObject({
      ...{ Bucket: 'keyed', Key: 'a', Body: 'x', ServerSideEncryption: 'aws:kms', SSEKMSKeyId: signer },
    })
    await assert.rejects(put, /key usage is SIGN_VERIFY/)
  },
)
