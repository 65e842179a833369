import type * as Sdk from '@aws-sdk/client-kms'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import * as alias from './alias.ts'
import * as cryptography from './cryptography.ts'
import * as dataKeyPair from './data-key-pair.ts'
import * as grant from './grant.ts'
import * as key from './key.ts'
import * as keyAgreement from './key-agreement.ts'
import * as keyDeletion from './key-deletion.ts'
import * as keyPolicy from './key-policy.ts'
import type { KmsParts } from './key-row.ts'
import * as tag from './kms-tag.ts'
import * as mac from './mac.ts'
import { kmsAccess } from './operation-access.ts'
import * as rotation from './rotation.ts'
import * as signing from './sign.ts'

type KmsApi = SdkApi<typeof Sdk>

/** KMS's API. */
export const createKmsService = ({ rootSecret, checkPolicy }: KmsParts): Service =>
  service<KmsApi, KmsParts>({
    model: 'kms',
    parts: () => ({ rootSecret, checkPolicy }),
    operations: allAsk<KmsApi, KmsParts>(kmsAccess, {
      CancelKeyDeletion: keyDeletion.cancelKeyDeletion,
      CreateAlias: alias.createAlias,
      CreateGrant: grant.createGrant,
      CreateKey: key.createKey,
      Decrypt: cryptography.decrypt,
      DeleteAlias: alias.deleteAlias,
      DeriveSharedSecret: keyAgreement.deriveSharedSecret,
      DescribeKey: key.describeKey,
      DisableKey: key.disableKey,
      DisableKeyRotation: rotation.disableKeyRotation,
      EnableKey: key.enableKey,
      EnableKeyRotation: rotation.enableKeyRotation,
      Encrypt: cryptography.encrypt,
      GenerateDataKey: cryptography.generateDataKey,
      GenerateDataKeyPair: dataKeyPair.generateDataKeyPair,
      GenerateDataKeyPairWithoutPlaintext: dataKeyPair.generateDataKeyPairWithoutPlaintext,
      GenerateDataKeyWithoutPlaintext: cryptography.generateDataKeyWithoutPlaintext,
      GenerateMac: mac.generateMac,
      GenerateRandom: cryptography.generateRandom,
      GetKeyPolicy: keyPolicy.getKeyPolicy,
      GetKeyRotationStatus: rotation.getKeyRotationStatus,
      GetPublicKey: signing.getPublicKey,
      ListAliases: alias.listAliases,
      ListGrants: grant.listGrants,
      ListKeyPolicies: keyPolicy.listKeyPolicies,
      ListKeyRotations: rotation.listKeyRotations,
      ListKeys: key.listKeys,
      ListResourceTags: tag.listResourceTags,
      ListRetirableGrants: grant.listRetirableGrants,
      PutKeyPolicy: keyPolicy.putKeyPolicy,
      ReEncrypt: cryptography.reEncrypt,
      RetireGrant: grant.retireGrant,
      RevokeGrant: grant.revokeGrant,
      RotateKeyOnDemand: rotation.rotateKeyOnDemand,
      ScheduleKeyDeletion: keyDeletion.scheduleKeyDeletion,
      Sign: signing.sign,
      TagResource: tag.tagResource,
      UntagResource: tag.untagResource,
      UpdateAlias: alias.updateAlias,
      UpdateKeyDescription: key.updateKeyDescription,
      Verify: signing.verify,
      VerifyMac: mac.verifyMac,
    }),
  })
