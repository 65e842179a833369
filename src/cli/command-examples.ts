import type { Command } from 'commander'

/** What a newcomer types, by command; `modelmart help COMMAND` ends with it. Each command has one. */
export const commandExamples: Readonly<Record<string, readonly string[]>> = {
  start: ['modelmart start --data /var/lib/modelmart --port 8600'],
  config: ['modelmart config', 'modelmart config --config /etc/modelmart/modelmart.yaml > in-force.yaml'],
  version: ['modelmart version'],
  init: ['modelmart init', 'modelmart init iris-trees my-product', 'modelmart init iris-trees . --name my-product'],
  certify: [
    'modelmart certify examples/iris-trees',
    'modelmart certify . --build-arg BASE=debian:bookworm-slim',
    'modelmart certify . --image my-model:latest --startup-seconds 60',
    'modelmart certify . --notebook executed.ipynb',
    'modelmart certify . --json --junit junit.xml --sarif certify.sarif > report.json',
  ],
  list: ['modelmart list examples/iris-trees --dry-run', 'modelmart list . --account my-company'],
  export: ['modelmart export . for-aws', 'modelmart export . for-aws --image my-model:latest'],
  request: [
    'modelmart request certification examples/iris-trees --image "$IMAGE" --role "$ROLE" --bucket my-bucket',
    'modelmart request publication . --product prod-aaaabbbbccccd',
  ],
  logo: ["modelmart logo 'Iris Trees' logo.png"],
  'images import': ['modelmart images import xgboost.tar sagemaker-xgboost:1.7-1 --account aws-images --share'],
  'examples list': ['modelmart examples list'],
  'examples publish': ['modelmart examples publish', 'modelmart examples publish ticket-topics'],
  doctor: ['modelmart doctor --data /var/lib/modelmart'],
  console: ['modelmart console seller'],
  events: [
    'modelmart events seller --follow',
    "modelmart events seller --follow --source 'aws.*marketplace' --detail-type 'Purchase Agreement *' --json",
  ],
  env: ['eval "$(modelmart env seller)"', 'modelmart env seller --aws-names'],
  backup: ['modelmart backup /backups/modelmart', 'modelmart backup /backups/modelmart --keep 14'],
  restore: [
    'modelmart restore /backups/modelmart --data /var/lib/modelmart',
    'modelmart restore /backups/modelmart --data rehearsal --as-copy',
    'modelmart restore /backups/modelmart --data moved --database postgres://modelmart@db.example.com/modelmart',
  ],
  tls: ['modelmart tls market.example.com', 'modelmart tls 10.0.0.7 --data /var/lib/modelmart'],
  verify: ['modelmart verify --data /var/lib/modelmart'],
  'reconcile-charges': ['modelmart reconcile-charges --data /var/lib/modelmart'],
  sbom: ['modelmart sbom localhost:8600/111122223333/iris-trees:1 > sbom.json'],
  'vulnerabilities import': ['modelmart vulnerabilities import Debian.zip'],
  'vulnerabilities status': ['modelmart vulnerabilities status'],
  'vulnerabilities policy': ['modelmart vulnerabilities policy', 'modelmart vulnerabilities policy current-fixable'],
  'vulnerabilities except': [
    'modelmart vulnerabilities except CVE-2024-0001 --reason "not reachable" --until 2027-01-31',
    'modelmart vulnerabilities except CVE-2024-0001 --revoke',
  ],
  'dashboard seller': ['modelmart dashboard seller prod-aaaabbbbccccd --month 2026-11'],
  'dashboard buyer': ['modelmart dashboard buyer --account my-company --json'],
  evaluate: [
    'modelmart evaluate prod-aaaabbbbccccd prod-eeeeffffgggga --rows rows.csv --labels labels.txt --metric f1 --positive-label spam',
    'modelmart evaluate prod-aaaabbbbccccd --rows rows.csv --metric price --json',
  ],
  'evaluation-terms': [
    'modelmart evaluation-terms prod-aaaabbbbccccd --rows 1000 --minutes 10 --evaluations 3',
    'modelmart evaluation-terms prod-aaaabbbbccccd --remove',
  ],
  'certificate verify': ['modelmart certificate verify certificate.json --key FINGERPRINT'],
  'certificate key': ['modelmart certificate key'],
  'change-set list': ['modelmart change-set list'],
  'change-set approve': ['modelmart change-set approve CHANGE-SET-ID'],
  'change-set decline': ['modelmart change-set decline CHANGE-SET-ID --reason "The usage text names another product."'],
  'change-set review': ['modelmart change-set review', 'modelmart change-set review on'],
  'review list': ['modelmart review list --product PRODUCT-ID'],
  'review hide': ['modelmart review hide REVIEW-ID --reason "It names a person."'],
  'review restore': ['modelmart review restore REVIEW-ID'],
  'sign-in-provider list': ['modelmart sign-in-provider list'],
  'sign-in-provider add': [
    'modelmart sign-in-provider add "My organisation" --provider PROVIDER-ARN --client CLIENT-ID --client-secret-file - --role buyers=ROLE-ARN',
  ],
  'sign-in-provider remove': ['modelmart sign-in-provider remove "My organisation"'],
  'quota list': ['modelmart quota list buyer'],
  'quota set': ['modelmart quota set buyer sagemaker training-jobs 20'],
  'quota reset': ['modelmart quota reset buyer sagemaker training-jobs'],
  'quota requests': ['modelmart quota requests'],
  'quota approve': ['modelmart quota approve REQUEST-ID'],
  'quota deny': ['modelmart quota deny REQUEST-ID'],
  'audit verify': ['modelmart audit verify', 'modelmart audit verify --head NUMBER:HASH'],
  'agreement refund-conversion': ['modelmart agreement refund-conversion AGREEMENT-ID'],
  'account create': [
    'modelmart account create seller',
    'modelmart account create buyer --id 111122223333 --access-key-id AKIAIOSFODNN7EXAMPLE --secret-access-key-file -',
  ],
  'account email': ['modelmart account email seller sales@example.com', "modelmart account email seller ''"],
  'account country': ['modelmart account country buyer DE', "modelmart account country buyer ''"],
  'account disable': ['modelmart account disable seller'],
  'account enable': ['modelmart account enable seller'],
  'account list': ['modelmart account list'],
  completion: [
    'source <(modelmart completion bash)',
    'modelmart completion fish > ~/.config/fish/completions/modelmart.fish',
  ],
}

/** Adds the examples to the help of each command. Throws Error for a command that has none. */
export function addExamples(program: Command, before = ''): void {
  for (const command of program.commands) {
    const name = `${before}${command.name()}`
    const lines = commandExamples[name]
    if (command.commands.length > 0) addExamples(command, `${name} `)
    else if (lines) command.addHelpText('after', `\nFor example:\n${lines.map(line => `  ${line}`).join('\n')}`)
    else throw new Error(`"${name}" has no example.`)
  }
}
