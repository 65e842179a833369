import type { Product } from './certify-product.ts'

/** What the script fills into the requests; each stands as `{{NAME}}` in them. */
export const blanks = {
  ACCOUNT: '111122223333',
  BUCKET: 'a-bucket-of-yours',
  IMAGE: '111122223333.dkr.ecr.us-east-1.amazonaws.com/a-repository:1.0.0',
  ROLE: 'arn:aws:iam::111122223333:role/Validation',
  ACCESS_ROLE: 'arn:aws:iam::111122223333:role/Listing',
  ASSET: 'arn:aws:sagemaker:us-east-1:111122223333:algorithm/an-algorithm',
  LINKS: 'https://a-bucket-of-yours.s3.us-east-1.amazonaws.com/a-product',
  PRODUCT: 'prod-aaaabbbbccccd',
} as const

/** `{{NAME}}`, to be filled in by the script. */
export const blank = (name: keyof typeof blanks): string => `{{${name}}}`

const calls = {
  Algorithm: { command: 'algorithm', status: 'AlgorithmStatus', arn: 'AlgorithmArn' },
  ModelPackage: { command: 'model-package', status: 'ModelPackageStatus', arn: 'ModelPackageArn' },
}

/**
 * The shell script that pushes image and files, certifies and lists by the AWS CLI. It stands beside `image.tar`, `files/`, `data/` and
 * `requests/`, and works against AWS and against any endpoint that `AWS_ENDPOINT_URL` names.
 */
export function exportScript({ type, name, repository }: Product, title: string, tag: string): string {
  const { command, status, arn } = calls[type]
  const known = Object.keys(blanks).map(blank => `"\${${blank}:-}"`)
  const fills = Object.keys(blanks).map(blank => `-e "s|{{${blank}}}|\${${blank}:-}|g"`)
  return `#!/usr/bin/env bash
# Lists "${title.replace(/["\n\r\\$`]/g, ' ')}" in AWS Marketplace, as it was certified by Modelmart. Wants:
#   BUCKET          a bucket of yours, made when there is none; what lies below ${name}/public/ in it becomes public
#   AWS credentials of an account that is registered as a seller, the AWS CLI, and Docker
# May be told: AWS_DEFAULT_REGION (us-east-1), POLL_SECONDS (5), ROLE and ACCESS_ROLE (roles for SageMaker and for the Marketplace; made
# otherwise).
set -euo pipefail
cd "$(dirname "$0")"
: "\${BUCKET:?names the bucket for data, notebook and logo}"
export AWS_DEFAULT_REGION=\${AWS_DEFAULT_REGION:-us-east-1}
aws() { command aws \${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"; }
# The catalogue is in one region, whatever the product is certified in.
catalog() { aws marketplace-catalog --region us-east-1 "$@" --catalog AWSMarketplace; }
fill() { # NAME: its request, with what is known by now. What a server has answered is no part of a program: sed takes some of its text for one.
  local value
  for value in ${known.join(' ')}; do
    case $value in *[!A-Za-z0-9:/._@+=,-]*) echo "That is no name: $value" >&2; exit 1 ;; esac
  done
  sed ${fills.join(' ')} "requests/$1.json" > "filled-$1.json"
}

role() { # NAME SERVICE POLICY…: its ARN
  local name=$1 service=$2 policy; shift 2
  local trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"'$service'"}}]}'
  if ! aws iam get-role --role-name "$name" > /dev/null 2>&1; then
    aws iam create-role --role-name "$name" --assume-role-policy-document "$trust" > /dev/null
    aws iam wait role-exists --role-name "$name"
    for policy in "$@"; do aws iam attach-role-policy --role-name "$name" --policy-arn "arn:aws:iam::aws:policy/$policy"; done
    # A new role takes a while to be known everywhere.
    [ -n "\${AWS_ENDPOINT_URL:-}" ] || sleep 15
  fi
  aws iam get-role --role-name "$name" --query Role.Arn --output text
}

change() { # NAME: makes the changes of requests/NAME.json, and leaves their outcome in outcome.json
  local set status
  fill "$1"
  set=$(catalog start-change-set --change-set "file://filled-$1.json" --query ChangeSetId --output text)
  while :; do
    catalog describe-change-set --change-set-id "$set" > outcome.json
    status=$(aws_field Status < outcome.json)
    case $status in
      SUCCEEDED) echo "change set $set SUCCEEDED"; return ;;
      FAILED | CANCELLED) cat outcome.json >&2; exit 1 ;;
    esac
    sleep "\${POLL_SECONDS:-5}"
  done
}
aws_field() { sed -n 's/^ *"'"$1"'": "\\([^"]*\\)".*/\\1/p' | tail -1; }

ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
ROLE=\${ROLE:-$(role MarketplaceValidation sagemaker.amazonaws.com AmazonSageMakerFullAccess AmazonS3FullAccess)}
ACCESS_ROLE=\${ACCESS_ROLE:-$(role MarketplaceListing assets.marketplace.amazonaws.com AmazonSageMakerReadOnly AmazonS3ReadOnlyAccess AmazonEC2ContainerRegistryReadOnly)}

aws s3api head-bucket --bucket "$BUCKET" 2> /dev/null || aws s3 mb "s3://$BUCKET"
aws s3 sync data "s3://$BUCKET/${name}/data"
[ ! -f model.tar.gz ] || aws s3 cp model.tar.gz "s3://$BUCKET/${name}/model.tar.gz"
fill policy
aws s3api put-public-access-block --bucket "$BUCKET" --public-access-block-configuration \\
  BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=false,RestrictPublicBuckets=false
aws s3api put-bucket-policy --bucket "$BUCKET" --policy file://filled-policy.json
aws s3 sync files "s3://$BUCKET/${name}/public"
if [ -n "\${AWS_ENDPOINT_URL:-}" ]; then LINKS=$AWS_ENDPOINT_URL/$BUCKET; else LINKS=https://$BUCKET.s3.$AWS_DEFAULT_REGION.amazonaws.com; fi
LINKS=$LINKS/${name}/public

aws ecr describe-repositories --repository-names ${repository} > /dev/null 2>&1 || aws ecr create-repository --repository-name ${repository} > /dev/null
IMAGE=$(aws ecr describe-repositories --repository-names ${repository} --query 'repositories[0].repositoryUri' --output text):export
docker load --input image.tar
aws ecr get-login-password | docker login --username AWS --password-stdin "\${IMAGE%%/*}"
docker tag ${tag} "$IMAGE"
docker push "$IMAGE"

fill certification
aws sagemaker create-${command} --cli-input-json file://filled-certification.json > /dev/null
while :; do
  aws sagemaker describe-${command} --${command}-name ${name} > outcome.json
  case $(aws_field ${status} < outcome.json) in
    Completed) break ;;
    Failed) cat outcome.json >&2; exit 1 ;;
  esac
  sleep "\${POLL_SECONDS:-5}"
done
ASSET=$(aws_field ${arn} < outcome.json)
echo "certified $ASSET"

change listing
PRODUCT=$(sed -n 's/^ *"Identifier": "\\(prod-[^"@]*\\).*/\\1/p' outcome.json | head -1)
change publication
echo "listed $PRODUCT"
`
}
