/** A call of the kernel that seller code must not get through to, with arguments that harm nobody and need no memory. */
export interface KernelCall {
  readonly what: string
  /** By the number of Linux on x64 and on arm64. */
  readonly number: { readonly x64: number; readonly arm64: number }
  readonly arguments: readonly number[]
}

const SIGCHLD = 17
const CLONE_FS = 0x200
const CLONE_NEWUSER = 0x1000_0000
const AF_VSOCK = 40
const AF_ALG = 38
const SOCK_STREAM = 1
const SOCK_SEQPACKET = 5
const KEY_SPEC_SESSION_KEYRING = -3

/** Where an argument is wrong, the kernel would say so with another error than a filter does; nothing comes of the call either way. */
export const CLOSED_CALLS: readonly KernelCall[] = [
  {
    what: 'a socket to the host of a virtual machine (AF_VSOCK)',
    number: { x64: 41, arm64: 198 },
    arguments: [AF_VSOCK, SOCK_STREAM, 0],
  },
  {
    what: "a socket to the kernel's cryptography (AF_ALG)",
    number: { x64: 41, arm64: 198 },
    arguments: [AF_ALG, SOCK_SEQPACKET, 0],
  },
  { what: 'io_uring', number: { x64: 425, arm64: 425 }, arguments: [1, 0] },
  {
    what: "the kernel's keyrings (keyctl)",
    number: { x64: 250, arm64: 219 },
    arguments: [0, KEY_SPEC_SESSION_KEYRING, 0],
  },
  { what: "the kernel's keyrings (add_key)", number: { x64: 248, arm64: 217 }, arguments: [0, 0, 0] },
  { what: 'a user namespace (unshare)', number: { x64: 272, arm64: 97 }, arguments: [CLONE_NEWUSER] },
  {
    what: 'a user namespace (clone)',
    number: { x64: 56, arm64: 220 },
    arguments: [CLONE_NEWUSER | CLONE_FS | SIGCHLD],
  },
  { what: 'performance counters (perf_event_open)', number: { x64: 298, arm64: 241 }, arguments: [0, 0, 0] },
  { what: 'programs in the kernel (bpf)', number: { x64: 321, arm64: 280 }, arguments: [0, 0, 0] },
  { what: 'faults of memory handled by the program (userfaultfd)', number: { x64: 323, arm64: 282 }, arguments: [0] },
]

/** The answers of a kernel that has not let a call through: EPERM, EACCES, ENOSYS, EAFNOSUPPORT. */
export const CLOSED_ANSWERS: readonly number[] = [-1, -13, -38, -97]

export type Architecture = keyof KernelCall['number']

/** Machine code, as the manuals of the processors have it: each call, its result onto the stack, all results to stdout, exit. */
const CODE: Readonly<
  Record<
    Architecture,
    { machine: number; call(number: number, values: readonly number[]): number[]; end(bytes: number): number[] }
  >
> = {
  x64: {
    machine: 62,
    // mov eax, number; mov rdi, rsi, rdx, sign-extended; syscall; push rax
    call: (number, values) => [
      ...[0xb8, ...little(number)],
      ...[0xc7, 0xc6, 0xc2].flatMap((register, index) => [0x48, 0xc7, register, ...little(values[index] ?? 0)]),
      ...[0x0f, 0x05, 0x50],
    ],
    // write(1, rsp, bytes); exit(0)
    end: bytes => [
      ...[0xb8, ...little(1), 0xbf, ...little(1), 0x48, 0x89, 0xe6, 0xba, ...little(bytes), 0x0f, 0x05],
      ...[0xb8, ...little(60), 0x31, 0xff, 0x0f, 0x05],
    ],
  },
  arm64: {
    machine: 183,
    // mov x8, number; mov x0, x1, x2; svc 0; str x0, [sp, -16]!
    call: (number, values) =>
      [
        ...load(8, number),
        ...[0, 1, 2].flatMap(register => load(register, values[register] ?? 0)),
        ...[0xd400_0001, 0xf81f_0fe0],
      ].flatMap(little),
    // mov x0, 1; mov x1, sp; mov x2, bytes; write; exit(0)
    end: bytes =>
      [
        ...[...load(0, 1), 0x9100_03e1, ...load(2, bytes), ...load(8, 64), 0xd400_0001],
        ...[...load(0, 0), ...load(8, 93), 0xd400_0001],
      ].flatMap(little),
  },
}

/** movz or movn, then movk, of a number of 32 bits with its sign. */
export const load = (register: number, value: number): number[] => {
  const [low, high] = [value & 0xffff, (value >>> 16) & 0xffff]
  const first = value < 0 ? 0x9280_0000 | ((~low & 0xffff) << 5) : 0xd280_0000 | (low << 5)
  return [first | register, 0xf2a0_0000 | (high << 5) | register]
}

export const little = (value: number): number[] => [0, 8, 16, 24].map(shift => (value >>> shift) & 0xff)

/** Bytes that each result takes on the stack. */
const SLOT: Readonly<Record<Architecture, number>> = { x64: 8, arm64: 16 }

const BASE = 0x40_0000
const HEADERS = 64 + 56

/** Where the code of a program begins in its memory. */
export const CODE_AT = BASE + HEADERS

/** A static program of its own that makes the calls. */
export const callProgram = (calls: readonly KernelCall[], architecture = process.arch as Architecture): Buffer => {
  const { call, end } = CODE[architecture]
  const code = calls.flatMap(({ number, arguments: values }) => call(number[architecture], values))
  return elfProgram([...code, ...end(calls.length * SLOT[architecture])], architecture)
}

/** A static program of this code and nothing else. Source: System V ABI, "Object Files". */
export const elfProgram = (bytes: readonly number[], architecture: Architecture): Buffer => {
  const { machine } = CODE[architecture]
  const code = Buffer.from(bytes)
  const headers = Buffer.alloc(HEADERS)
  headers.write('\x7fELF\x02\x01\x01', 'latin1')
  const size = HEADERS + code.length
  for (const [at, value] of [
    [16, 2],
    [18, machine],
    [52, 64],
    [54, 56],
    [56, 1],
  ] as const)
    headers.writeUInt16LE(value, at)
  for (const [at, value] of [
    [20, 1],
    [64, 1],
    [68, 5],
  ] as const)
    headers.writeUInt32LE(value, at)
  for (const [at, value] of [
    [24, BASE + HEADERS],
    [32, 64],
    [80, BASE],
    [88, BASE],
    [96, size],
    [104, size],
    [112, 4096],
  ] as const)
    headers.writeBigUInt64LE(BigInt(value), at)
  return Buffer.concat([headers, code])
}

/** The results of the calls, in their order, from what the program has printed. */
export const callResults = (output: Buffer, count: number, architecture = process.arch as Architecture): number[] => {
  const slot = SLOT[architecture]
  if (output.length !== count * slot) throw new Error(`The calls gave ${output.length} bytes, not ${count * slot}`)
  return Array.from({ length: count }, (_, index) => Number(output.readBigInt64LE((count - 1 - index) * slot)))
}
