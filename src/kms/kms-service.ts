import type * as Sdk from '@aws-sdk/client-kms'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import * as alias from './alias.ts'
import * as cryptography from './cryptography.ts'
import * as grant from './grant.ts'
import * as key from './key.ts'
import * as keyPolicy from './key-policy.ts'
import type { KmsParts } from './key-row.ts'
import * as tag from './kms-tag.ts'
import { kmsAccess } from './operation-access.ts'
import * as rotation from './rotation.ts'

type KmsApi = SdkApi<typeof Sdk>

/** KMS's API over symmetric encryption keys. */
export const createKmsService = ({ rootSecret, checkPolicy }: KmsParts): Service =>
  service<KmsApi, KmsParts>({
    model: 'kms',
    parts: () => ({ rootSecret, checkPolicy }),
    operations: allAsk<KmsApi, KmsParts>(kmsAccess, {
      CancelKeyDeletion: key.cancelKeyDeletion,
      CreateAlias: alias.createAlias,
      CreateGrant: grant.createGrant,
      CreateKey: key.createKey,
      Decrypt: cryptography.decrypt,
      DeleteAlias: alias.deleteAlias,
      DescribeKey: key.describeKey,
      DisableKey: key.disableKey,
      DisableKeyRotation: rotation.disableKeyRotation,
      EnableKey: key.enableKey,
      EnableKeyRotation: rotation.enableKeyRotation,
      Encrypt: cryptography.encrypt,
      GenerateDataKey: cryptography.generateDataKey,
      GenerateDataKeyWithoutPlaintext: cryptography.generateDataKeyWithoutPlaintext,
      GenerateRandom: cryptography.generateRandom,
      GetKeyPolicy: keyPolicy.getKeyPolicy,
      GetKeyRotationStatus: rotation.getKeyRotationStatus,
      ListAliases: alias.listAliases,
      ListGrants: grant.listGrants,
      ListKeyPolicies: keyPolicy.listKeyPolicies,
      ListKeys: key.listKeys,
      ListResourceTags: tag.listResourceTags,
      PutKeyPolicy: keyPolicy.putKeyPolicy,
      ReEncrypt: cryptography.reEncrypt,
      RetireGrant: grant.retireGrant,
      RevokeGrant: grant.revokeGrant,
      ScheduleKeyDeletion: key.scheduleKeyDeletion,
      TagResource: tag.tagResource,
      UntagResource: tag.untagResource,
      UpdateAlias: alias.updateAlias,
      UpdateKeyDescription: key.updateKeyDescription,
    }),
  })
