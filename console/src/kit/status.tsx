import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'

/** What each word of the APIs means at a glance; the word itself is shown as the API spells it. */
const types: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  Completed: 'success',
  InService: 'success',
  Approved: 'success',
  ACTIVE: 'success',
  ENDED: 'success',
  Public: 'success',
  Enabled: 'success',
  Active: 'success',
  OK: 'success',
  Draft: 'not-started',
  Staging: 'not-started',
  Disabled: 'stopped',
  Inactive: 'stopped',
  PendingDeletion: 'warning',
  ALARM: 'error',
  INSUFFICIENT_DATA: 'pending',
  Limited: 'info',
  Restricted: 'stopped',
  COMPLETE: 'success',
  SUCCEEDED: 'success',
  PREPARING: 'in-progress',
  APPLYING: 'in-progress',
  IN_PROGRESS: 'in-progress',
  PENDING: 'pending',
  PENDING_APPROVAL: 'pending',
  APPROVED: 'success',
  REJECTED: 'warning',
  COMPLETED: 'success',
  COMPARED: 'success',
  TOO_FEW_RECORDS: 'warning',
  UNREADABLE: 'error',
  NO_PRODUCT: 'stopped',
  VALIDATION_FAILED: 'error',
  Available: 'success',
  Released: 'success',
  FAILED: 'error',
  UNSUPPORTED_IMAGE: 'warning',
  InProgress: 'in-progress',
  Stopping: 'in-progress',
  Deleting: 'in-progress',
  Creating: 'in-progress',
  Updating: 'in-progress',
  SystemUpdating: 'in-progress',
  RollingBack: 'in-progress',
  Pending: 'pending',
  PendingManualApproval: 'pending',
  NotStarted: 'not-started',
  Stopped: 'stopped',
  OutOfService: 'stopped',
  CANCELLED: 'stopped',
  STOPPED: 'stopped',
  DECLINED: 'warning',
  Archived: 'stopped',
  EXPIRED: 'stopped',
  RENEWED: 'stopped',
  REPLACED: 'stopped',
  ARCHIVED: 'stopped',
  SUPERSEDED: 'stopped',
  ROLLED_BACK: 'stopped',
  TERMINATED: 'error',
  Interrupted: 'warning',
  MaxRuntimeExceeded: 'warning',
  MaxWaitTimeExceeded: 'warning',
  UpdateRollbackFailed: 'warning',
  Failed: 'error',
  Rejected: 'error',
}

export const isInTransition = (status: string | undefined): boolean => types[status ?? ''] === 'in-progress'

/** What has not come to its end, or has not begun. */
export const isBeingMade = (status: string | undefined): boolean => status === 'Pending' || isInTransition(status)

/** The secondary status of a training job, while it is in progress, is progress too. */
export const Status = ({ word = '' }: { readonly word?: string | undefined }) => {
  const type = types[word] ?? 'in-progress'
  return (
    <span className="unbroken">
      <StatusIndicator type={type} iconAriaLabel={type}>
        {word}
      </StatusIndicator>
    </span>
  )
}
