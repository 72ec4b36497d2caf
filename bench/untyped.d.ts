// It ships no types, and those of DefinitelyTyped describe an older major.
declare module 'javascript-state-machine'
