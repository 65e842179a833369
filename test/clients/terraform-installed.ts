import { execFile } from 'node:child_process'
import { glob } from 'node:fs/promises'
import { homedir } from 'node:os'
import { promisify } from 'node:util'

/** Terraform, and the folder of plugins that holds the AWS provider which the stack asks for. */
export interface Installed {
  readonly program: string
  readonly plugins: string
}

const provider = 'registry.terraform.io/hashicorp/aws'
const version = '5.100.0'

/** Where Terraform itself looks for plugins on this system (CLI configuration, implied local mirrors), and folders beside other programs. */
const places = [
  `${homedir()}/.terraform.d/plugins`,
  `${homedir()}/.local/share/terraform/plugins`,
  '/usr/local/share/terraform/plugins',
  '/usr/share/terraform/plugins',
  '/opt/*',
]

/** What is here, or what lacks. Nothing is downloaded. */
export async function findTerraform(): Promise<Installed | { readonly lacks: string }> {
  const program = 'terraform'
  const answers = await promisify(execFile)(program, ['version', '-json'], { env: { PATH: process.env.PATH } }).then(
    () => true,
    () => false,
  )
  if (!answers) return { lacks: 'it is not installed' }
  for (const place of places)
    for await (const found of glob(`${place}/${provider}/${version}/*`))
      return { program, plugins: found.slice(0, found.indexOf(`/${provider}/`)) }
  return { lacks: `its AWS provider ${version} is in no folder of plugins` }
}
