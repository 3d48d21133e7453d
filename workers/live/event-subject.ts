import type { LiveEvent } from '../../domain/live/live-event.ts'

/** What every subject of live events begins with. */
export const SUBJECT_PREFIX = 'waybill.events'

/** Stands for the project of events that are about none; no project has this name. */
const NO_PROJECT = '_system'

/**
 * A token has no dot, blank or wildcard (NATS documentation, subject names), but names of projects have dots. Two names must not
 * become one: permissions of NATS are given by subject.
 */
const token = (text: string): string =>
  text.replace(/[^\w-]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)

/** `waybill.events.{project}.{type}`, a dot in the project's name written as `%2E`. */
export const subjectOfEvent = ({ project, type }: Pick<LiveEvent, 'project' | 'type'>): string =>
  `${SUBJECT_PREFIX}.${project === null ? NO_PROJECT : token(project)}.${token(type)}`
