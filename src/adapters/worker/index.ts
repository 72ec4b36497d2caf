export { type ConnectOptions, connectStore } from './connect.ts'
export type { Endpoint, EndpointEvents, EndpointLike, Handover } from './endpoint.ts'
export { DisconnectedError, MismatchError } from './errors.ts'
export type { MirrorStore, Waiting } from './mirror/store.ts'
export type {
  CollectionMirror,
  FieldWriteOptions,
  From,
  MachineCollectionMirror,
  MachineMirror,
  Mirrored,
  ModelMirror,
  ModelMirrorMembers,
  RowMirror,
  WriteOptions,
} from './mirror/types.ts'
export { type CallOptions, type OffloadOptions, offload, type Pool, transfer } from './offload.ts'
export { type ServeOptions, type Serving, serveStore } from './serve.ts'
export { type Functions, serveFunctions } from './serve-functions.ts'
