import gossip from '@eventstore/db-client/generated/gossip_pb.js'
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_pb.js'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import rpc from '@eventstore/db-client/generated/status_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'

export { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js'
export { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
export { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js'
// The generated messages cannot be imported by name: Node finds no names in how they are exported.
export { gossip, rpc, serverFeatures, shared, streams }

export const uuid = (text: string): shared.UUID => new shared.UUID().setString(text)

export const streamIdentifier = (name: string): shared.StreamIdentifier =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(name))

/** Stream names travel as bytes. An absent one counts as the empty name. */
export const nameIn = (identifier: shared.StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? '').toString('utf8')

export const EMPTY = new shared.Empty()
