import Button from '@cloudscape-design/components/button'
import FileUpload from '@cloudscape-design/components/file-upload'
import Modal from '@cloudscape-design/components/modal'
import ProgressBar from '@cloudscape-design/components/progress-bar'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useEffect, useRef, useState } from 'react'
import { queryClient } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { told } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { bytes } from './bytes.ts'
import { droppedFiles, pathOf } from './dropped-files.ts'
import { storageTexts as words } from './storage-texts.ts'
import { uploadFile } from './upload.ts'

interface Props {
  readonly bucket: string
  readonly prefix: string
  close(): void
}

const sumOf = (files: readonly File[]): number => files.reduce((sum, { size }) => sum + size, 0)

/** Files are chosen or dropped, and sent one after the other. Closing it cancels what is under way. */
export function UploadPanel({ bucket, prefix, close }: Props) {
  const [region] = useRegion()
  const [files, setFiles] = useState<readonly File[]>([])
  const [sent, setSent] = useState<number>()
  const [problem, setProblem] = useState<unknown>()
  const abort = useRef<AbortController>(undefined)
  // What is dropped is read here, with its folders, and not by the field as well.
  const dropping = useRef(false)
  const folder = useRef<HTMLInputElement>(null)
  const add = (more: readonly File[]) => setFiles(before => [...before, ...more])
  const drop = async (items: DataTransferItemList) => {
    dropping.current = true
    try {
      add(await droppedFiles(items))
    } catch (error) {
      setProblem(error)
    }
    dropping.current = false
  }
  useEffect(() => () => abort.current?.abort(), [])
  const total = sumOf(files)
  const run = async () => {
    abort.current = new AbortController()
    const { signal } = abort.current
    setProblem(undefined)
    setSent(0)
    try {
      for (const file of files)
        await uploadFile(
          file,
          { region, bucket, key: prefix + pathOf(file) },
          { signal, onBytes: count => setSent((before = 0) => before + count) },
        )
      told(words.uploaded(files.length))
      close()
    } catch (error) {
      setSent(undefined)
      if (signal.aborted) told(words.uploadStopped)
      else setProblem(error)
    } finally {
      await queryClient.invalidateQueries({ queryKey: ['objects'] })
    }
  }
  return (
    <Modal visible header={words.upload} closeAriaLabel={texts.form.close} onDismiss={close}>
      <SpaceBetween size="m">
        <div onDropCapture={({ dataTransfer }) => void drop(dataTransfer.items)}>
          <FileUpload
            multiple
            value={files}
            onChange={({ detail }) => dropping.current || setFiles(detail.value)}
            constraintText={words.filesWhy}
            showFileSize
            tokenLimit={5}
            i18nStrings={{
              uploadButtonText: () => words.chooseFiles,
              dropzoneText: () => words.dropFiles,
              removeFileAriaLabel: words.removeFile,
              limitShowFewer: words.fewer,
              limitShowMore: words.more,
            }}
          />
        </div>
        <Button iconName="folder" onClick={() => folder.current?.click()}>
          {words.chooseFolder}
        </Button>
        <input
          ref={folder}
          type="file"
          hidden
          multiple
          aria-label={words.chooseFolder}
          onChange={({ target }) => {
            add([...(target.files ?? [])])
            target.value = ''
          }}
          {...{ webkitdirectory: '' }}
        />
        {problem !== undefined && <ErrorAlert error={problem} />}
        {sent === undefined ? (
          <Button variant="primary" disabled={files.length === 0} onClick={() => void run()}>
            {words.upload}
          </Button>
        ) : (
          <>
            <ProgressBar
              label={words.progress}
              value={total === 0 ? 100 : Math.floor((100 * sent) / total)}
              additionalInfo={words.sent(files.length, bytes(sent), bytes(total))}
            />
            <Button onClick={() => abort.current?.abort()}>{words.cancelUpload}</Button>
          </>
        )}
      </SpaceBetween>
    </Modal>
  )
}
