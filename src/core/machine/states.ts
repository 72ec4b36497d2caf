// Mixins after asyncmachine-go's pkg/states: spread them into a definition.
//
//     defineMachine('client', { ...basicStates, ...connectedStates, Mine: {} })

/** What most machines have: a start, readiness, health, and errors of their own kind. */
export const basicStates = {
  /** Add it with `addError(error, { state: 'ErrNetwork' })`. */
  ErrNetwork: { multi: true, add: ['Exception'], require: ['Exception'] },
  /** Added when an async handler exceeds `handlerTimeout`. */
  ErrHandlerTimeout: { multi: true, add: ['Exception'], require: ['Exception'] },
  /** The machine should work. */
  Start: {},
  /** It can. */
  Ready: { require: ['Start'] },
  /** Asked from time to time whether all is well. Stirs no auto states, as Heartbeat. */
  Healthcheck: { multi: true },
  Heartbeat: {},
} as const

const link = ['Connecting', 'Connected', 'Disconnecting', 'Disconnected'] as const

/** One connection. Needs `Start` of `basicStates`. */
export const connectedStates = {
  ErrConnecting: { require: ['Exception'] },
  Connecting: { require: ['Start'], remove: link },
  Connected: { require: ['Start'], remove: link },
  Disconnecting: { remove: link },
  Disconnected: { auto: true, remove: link },
} as const

/** Several connections. Connected: at least one; ConnectedFully: all. Needs `Start` of `basicStates`. */
export const connectionPoolStates = {
  ErrConnecting: { require: ['Exception'] },
  Connecting: { require: ['Start'], remove: ['Disconnecting'] },
  Connected: { require: ['Start'], remove: ['Disconnected'] },
  ConnectedFully: { require: ['Connected'], remove: ['Disconnected'] },
  Disconnecting: { remove: ['ConnectedFully', 'Connected', 'Connecting'] },
  Disconnected: { remove: ['Connecting', 'ConnectedFully', 'Disconnecting'] },
} as const

/** An orderly end. `Disposing` releases what is held and then adds `Disposed`. Needs `Start` of `basicStates`. */
export const disposedStates = {
  RegisterDisposal: { multi: true },
  Disposing: { remove: ['Start', 'Exception'] },
  Disposed: { remove: ['Start', 'Exception', 'Disposing'] },
} as const
