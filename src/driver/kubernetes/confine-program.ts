import { type Architecture, CODE_AT, elfProgram, little, load } from '../kernel-calls.ts'

const [SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO] = [0x7fff_0000, 0x0005_0000]
const [EPERM, ENOSYS] = [1, 38]
/** Of other numberings of calls than the machine's own, which a filter by number would not know. */
const X32_BIT = 0x4000_0000
const FAMILIES = { AF_ALG: 38, AF_VSOCK: 40 }
const [NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT] = [0, 4, 16]

/** The calls of Linux that are closed whatever they ask; and where sockets are made. */
const NUMBERS: Readonly<Record<Architecture, { audit: number; socket: number; closed: readonly number[] }>> = {
  // io_uring (three), keyctl, add_key, request_key, perf_event_open, bpf, userfaultfd
  x64: { audit: 0xc000_003e, socket: 41, closed: [425, 426, 427, 250, 248, 249, 298, 321, 323] },
  arm64: { audit: 0xc000_00b7, socket: 198, closed: [425, 426, 427, 219, 217, 218, 241, 280, 282] },
}

const LOAD_WORD = 0x20
const [JUMP_EQUAL, JUMP_AT_LEAST] = [0x15, 0x35]
const RETURN = 0x06

type Step = readonly [code: number, value: number, where?: 'refuse' | 'unknown', otherwise?: 'unknown' | 'allow']

/** Source: Linux, Documentation/userspace-api/seccomp_filter.rst. */
const filterOf = (architecture: Architecture): number[] => {
  const { audit, socket, closed } = NUMBERS[architecture]
  const steps: Step[] = [
    [LOAD_WORD, ARCHITECTURE_AT],
    [JUMP_EQUAL, audit, undefined, 'unknown'],
    [LOAD_WORD, NUMBER_AT],
    [JUMP_AT_LEAST, X32_BIT, 'unknown'],
    ...closed.map(number => [JUMP_EQUAL, number, 'refuse'] as const),
    [JUMP_EQUAL, socket, undefined, 'allow'],
    [LOAD_WORD, FIRST_ARGUMENT_AT],
    ...Object.values(FAMILIES).map(family => [JUMP_EQUAL, family, 'refuse'] as const),
  ]
  const ends = { allow: SECCOMP_RET_ALLOW, refuse: SECCOMP_RET_ERRNO | EPERM, unknown: SECCOMP_RET_ERRNO | ENOSYS }
  const names = Object.keys(ends)
  const instruction = (code: number, yes: number, no: number, value: number) => [code, 0, yes, no, ...little(value)]
  return [
    ...steps.flatMap(([code, value, where, otherwise], index) => {
      const to = (name: string | undefined) => (name ? steps.length - index - 1 + names.indexOf(name) : 0)
      return instruction(code, to(where), to(otherwise), value)
    }),
    ...Object.values(ends).flatMap(value => instruction(RETURN, 0, 0, value)),
  ]
}

const [PR_SET_SECCOMP, SECCOMP_MODE_FILTER, FAILED] = [22, 2, 126]

/** prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter); execve(argv[1], argv + 1, envp); exit(126) */
const CODE: Readonly<Record<Architecture, (filter: number) => number[]>> = {
  x64: filter => {
    const exec = [
      // mov rdi, [rsp+16]; lea rsi, [rsp+16]; mov rcx, [rsp]; lea rdx, [rsp+rcx*8+16]; mov eax, 59; syscall
      ...[0x48, 0x8b, 0x7c, 0x24, 0x10, 0x48, 0x8d, 0x74, 0x24, 0x10, 0x48, 0x8b, 0x0c, 0x24],
      ...[0x48, 0x8d, 0x54, 0xcc, 0x10, 0xb8, ...little(59), 0x0f, 0x05],
    ]
    return [
      ...[0xb8, ...little(157), 0xbf, ...little(PR_SET_SECCOMP), 0xbe, ...little(SECCOMP_MODE_FILTER)],
      // mov edx, filter; xor r10d, r10d; syscall; test eax, eax; jnz to the exit
      ...[0xba, ...little(filter), 0x45, 0x31, 0xd2, 0x0f, 0x05, 0x85, 0xc0, 0x75, exec.length],
      ...exec,
      ...[0xbf, ...little(FAILED), 0xb8, ...little(60), 0x0f, 0x05],
    ]
  },
  arm64: filter => {
    const SYSCALL = 0xd400_0001
    // ldr x9, [sp]; ldr x0, [sp, 16]; add x1, sp, 16; add x2, x1, x9, lsl 3; execve
    const exec = [0xf940_03e9, 0xf940_0be0, 0x9100_43e1, 0x8b09_0c22, ...load(8, 221), SYSCALL]
    return [
      ...[...load(0, PR_SET_SECCOMP), ...load(1, SECCOMP_MODE_FILTER), ...load(2, filter), ...load(8, 167), SYSCALL],
      // cbnz x0, to the exit
      0xb500_0000 | ((exec.length + 1) << 5),
      ...exec,
      ...[...load(0, FAILED), ...load(8, 93), SYSCALL],
    ].flatMap(little)
  },
}

const ALIGNED = 8

/**
 * A program that runs another one, which is named by its arguments, without the calls of the kernel that a node's own profile may leave open: AF_VSOCK leads
 * out of a virtual machine past every firewall, and io_uring past what watches calls. Nothing takes the filter off again.
 */
export const confineProgram = (architecture = process.arch as Architecture): Buffer => {
  const filter = filterOf(architecture)
  const length = CODE[architecture](0).length
  const at = CODE_AT + Math.ceil(length / ALIGNED) * ALIGNED
  const code = [...CODE[architecture](at), ...Array(at - CODE_AT - length).fill(0)]
  // struct sock_fprog: how many instructions, and where.
  const program = [filter.length / 8, 0, 0, 0, 0, 0, 0, 0, ...little(at + 16), ...little(0)]
  return elfProgram([...code, ...program, ...filter], architecture)
}
