import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * What containers may ask of the kernel: what ordinary programs need, from nothing upwards. The engines' own profiles are as old as
 * they are, and leave open what has since been a way out (AF_VSOCK to a virtual machine's host, io_uring, the keyrings, which know no
 * namespaces). Whatever is not named fails with EPERM; calls newer than all that are named with ENOSYS, as the runtimes do it; calls
 * of another architecture, such as 32-bit ones, end the process. Source: OCI Runtime Specification 1.0, "Seccomp".
 */
const file = fileURLToPath(new URL('./seccomp.json', import.meta.url))

const inline = JSON.stringify(JSON.parse(readFileSync(file, 'utf8')))

/** The option of `HostConfig.SecurityOpt`: Docker is sent the profile, Podman reads the file. */
export const seccompOption = (engine: 'docker' | 'podman'): string => `seccomp=${engine === 'podman' ? file : inline}`
