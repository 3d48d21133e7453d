import type { ProjectEvent } from '../../domain/registry/project/project.ts'
import { historyModel } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = { readonly project: string; readonly description: string | null; readonly created_at: string }

export const projects = historyModel<Row>({
  name: 'projects',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['ProjectCreated'],
  columns: { project: 'text', description: 'text', created_at: 'text' },
  keyLength: 1,
  changes: (event, _, { at }) => {
    const { project, description } = (event as ProjectEvent).data
    return [
      { key: [project], fresh: true, next: () => ({ project, description: description ?? null, created_at: at }) },
    ]
  },
})
