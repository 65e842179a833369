import assert from 'node:assert/strict'
import test from 'node:test'
import { containerName, keyLabels } from './container-identity.ts'
import { containerState, type InspectedContainer, isWorkloadFault } from './container-state.ts'

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

const key = { arn: 'arn:aws:sagemaker:eu-central-1:111122223333:training-job/a', attempt: 1, host: 'algo-1' }
const inspected = (State: Partial<InspectedContainer['State']>): InspectedContainer => ({
  ...{ Id: 'a', Name: `/${containerName('one', key)}`, LogPath: '', Config: { Labels: keyLabels('one', key) } },
  ...{ HostConfig: { NetworkMode: 'none' }, NetworkSettings: { Networks: null } },
  State: {
    ...{ Status: 'exited', Running: false, Pid: 0, ExitCode: 0, OOMKilled: false, Error: '' },
    ...{ StartedAt: '2026-12-01T01:00:00.030Z', FinishedAt: '2026-12-01T01:00:07.000Z', ...State },
  },
})
const times = (State: Partial<InspectedContainer['State']>) => {
  const { startedAt, finishedAt } = containerState('one', inspected(State)) ?? {}
  return [startedAt?.toISOString().slice(17), finishedAt?.toISOString().slice(17)]
}

test('a container has begun before it has ended, also where the engine notes its start later', () => {
  assert.deepEqual(times({}), ['00.030Z', '07.000Z'])
  assert.deepEqual(times({ FinishedAt: '2026-12-01T01:00:00.010Z' }), ['00.010Z', '00.010Z'])
  const never = '0001-01-01T00:00:00Z'
  assert.deepEqual(times({ Status: 'running', FinishedAt: never }), ['00.030Z', undefined])
  assert.deepEqual(times({ StartedAt: never, FinishedAt: never }), [undefined, undefined])
})
