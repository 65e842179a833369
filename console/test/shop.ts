import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { certifyAlgorithm, certifyModelPackage, publish, type Shop } from '../../test/e2e/market-shop.ts'
import type { Party } from '../../test/e2e/party.ts'

export interface Products {
  readonly trainer: Shop
  readonly echo: Shop
  /** Of the model package: a small tar of nothing much. */
  readonly artifact: string
}

/** A seller with two products that everyone can buy: the algorithm `Probe-trainer` and the model package `Echo-server`. */
export async function openShop(seller: Party): Promise<Products> {
  const artifact = `s3://${seller.bucket}/weights/model.tar.gz`
  const Body = gzipSync(await packTar([{ header: { name: 'weights.bin', size: 3 }, body: 'abc' }]))
  await seller.s3.putObject({ Bucket: seller.bucket, Key: 'weights/model.tar.gz', Body })
  const made = { image: seller.image, artifact, words: { image: 'i', artifact: 'a', environment: 'e' } }
  return {
    trainer: await publish(seller, await certifyAlgorithm(seller, made), 'Probe-trainer'),
    echo: await publish(seller, await certifyModelPackage(seller, made), 'Echo-server'),
    artifact,
  }
}
