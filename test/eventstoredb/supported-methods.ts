import type { handleUnaryCall } from '@grpc/grpc-js'
import { serverFeatures, type shared } from './protocol.ts'

const METHODS: Readonly<Record<string, readonly string[]>> = {
  read: ['position', 'events'],
  append: [],
  delete: [],
  tombstone: [],
  batchappend: ['deadline_duration'],
}

/** ServerFeatures: what the client asks before its first append. Names are in lower case. */
export const getSupportedMethods: handleUnaryCall<shared.Empty, serverFeatures.SupportedMethods> = (
  _call,
  callback,
) => {
  const methods = Object.entries(METHODS).map(([name, features]) =>
    new serverFeatures.SupportedMethod()
      .setServiceName('event_store.client.streams.streams')
      .setMethodName(name)
      .setFeaturesList([...features]),
  )
  callback(null, new serverFeatures.SupportedMethods().setEventStoreServerVersion('24.6.0').setMethodsList(methods))
}
