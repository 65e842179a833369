import assert from 'node:assert/strict'
import test from 'node:test'
import { isWorkloadFault } from './container-state.ts'

const runc =
  'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process:'
const faults: readonly (readonly [reason: string, isWorkloads: boolean])[] = [
  [`${runc} exec: "train": executable file not found in $PATH: unknown`, true],
  [`${runc} chdir to cwd ("/none") set in config.json failed: no such file or directory`, true],
  ['unable to find user nobody: no matching entries in passwd file', true],
  ['no command specified', true],
  [`${runc} error setting rlimits for ready process`, false],
  [`${runc} unable to apply cgroup configuration`, false],
  // Somebody has ended the container whose network it joins, or the engine, while it was made.
  [`${runc} can't get final child's PID from pipe: EOF`, false],
  [`${runc} waiting for init preliminary setup: read init-p: connection reset by peer`, false],
  [`${runc} can't copy bootstrap data to pipe: write init-p: broken pipe`, false],
  [`${runc} namespace path: lstat /proc/4711/ns/net: no such file or directory`, false],
  ['cannot join network of a non running container: 4d3c', false],
]

for (const [reason, isWorkloads] of faults)
  test(`${isWorkloads ? 'the workload is' : 'the engine is'} to blame for: ${reason.slice(-70)}`, () =>
    assert.equal(isWorkloadFault(reason), isWorkloads))
